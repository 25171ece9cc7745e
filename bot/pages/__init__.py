"""Pages by channels that are no chat: the message in every form, the pagers, what comes back."""
