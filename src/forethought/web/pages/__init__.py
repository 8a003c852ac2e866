"""The pages: each handler asks the workspace, and passes a frozen view to a template."""
