"""Tests of the default theme."""
