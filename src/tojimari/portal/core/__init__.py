"""The ground of the portal: company scope, rights, jobs, mail, notices, audit, keys. Imports no app."""
