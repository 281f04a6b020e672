"""`hotgate up`: the state folder, the embedded PostgreSQL, the children and their supervisor."""
