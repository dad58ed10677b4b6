"""Mail drills: plan, machines, results, GoPhish."""
