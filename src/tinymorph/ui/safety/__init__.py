"""What stands between a writer and lost words: questions, journal, history, locks, watching."""
