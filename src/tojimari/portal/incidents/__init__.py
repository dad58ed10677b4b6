"""When something is odd: the door open to everybody, and the incidents of a company."""
