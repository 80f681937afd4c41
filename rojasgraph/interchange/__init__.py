"""In and out: files, other tools' models, programs."""
