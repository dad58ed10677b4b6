"""What runs inside a Windows Python under Wine: servers that play recordings, and one look."""
