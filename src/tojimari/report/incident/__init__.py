"""What an incident's record is handed out as: a paper, STIX 2.1, MISP, CSV for DFIR-IRIS."""
