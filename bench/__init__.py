"""Measure what each operation costs, as CPU per request, beside the least that Python can do (`python -m bench`)."""
