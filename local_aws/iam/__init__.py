"""Who may do what on local AWS: calls, the rights that they need, policies, and the account of what was used."""
