"""The column "Yours": a student's own technique, in a process of its own, beside the real ones."""
