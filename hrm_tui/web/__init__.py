"""The app in a browser: every page that is opened runs an app of its own."""
