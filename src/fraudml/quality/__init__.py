"""What an inspector of data sees: what came in, what was set aside and why, what stays silent."""
