"""Is never whole: states.py."""
import importing.within
