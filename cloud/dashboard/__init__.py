"""The frontend: TypeScript sources, their build, and (built) the page in `static/`."""
