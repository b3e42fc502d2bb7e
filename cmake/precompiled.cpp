// Carries the precompiled header that every folder above text/ reuses.
