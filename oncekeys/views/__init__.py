"""The pages: APIs & Webhooks, its dialogs, a key's page and the activity."""
