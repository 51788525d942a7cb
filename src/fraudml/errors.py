"""What can go wrong, said once: one class and one exit code per kind of remedy.

Raise these with one line that says what was found, where, how much, and what to do.
Never put a person's number or name into a message.
"""


class FraudmlError(Exception):
    """Something the user can mend; the command line prints the message and exits with the code."""

    exit_code = 1


class ParamsError(FraudmlError):
    """A parameter is unknown, of the wrong type, or contradicts another."""

    exit_code = 3


class ContractError(FraudmlError):
    """An input breaks the data contract in a way that setting rows aside cannot mend."""

    exit_code = 4


class SecretError(FraudmlError):
    """The pseudonym key is missing, malformed, or not allowed for this folder."""

    exit_code = 5


class StateError(FraudmlError):
    """What an earlier stage should have written is missing, or another run is under way."""

    exit_code = 6


class EngineError(FraudmlError):
    """The engine cannot do what was asked: too many rows for Python, no memory, no disk."""

    exit_code = 7


class DrawError(FraudmlError):
    """The inspection draw cannot be made or cannot be verified."""

    exit_code = 8
