"""The API reference: what the library offers, and which pages teach and use it."""
