"""Updates from afar: what is proposed for devices, approved by their owners, signed and done."""
