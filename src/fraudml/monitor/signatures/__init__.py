"""What a technical slip of an information system looks like, apart from the fraud it resembles."""
