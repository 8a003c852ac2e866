"""The dashboard: server-rendered pages, whole without JavaScript."""
