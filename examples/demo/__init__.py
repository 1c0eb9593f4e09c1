"""`make demo`: a real CSV becomes a trained, judged, served and promoted model, on this machine."""
