REVOKE SELECT ON public.signet_migrations FROM signet_service;
