"""Who stands out: baselines, label-free scores, learning from inspections, and one fused order."""
