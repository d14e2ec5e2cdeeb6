"""Views: one question and one figure each, linked through the session's selection."""
