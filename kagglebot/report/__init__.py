"""Tables and terminal plots of what studies produced."""
