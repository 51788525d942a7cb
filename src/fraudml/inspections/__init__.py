"""Whom to visit, fairly: the frame, the chances, the draw, and a verifier anyone can run."""
