-- `signetd doctor`, as the service's role, tells which migrations are applied and whether they are
-- those of its release. Names and checksums are public: they are in the source.
GRANT SELECT ON public.signet_migrations TO signet_service;
