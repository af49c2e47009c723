// node oidc_provider.mjs PORT: oidc-provider with one client and its own in-memory store, which holds a
// thousand tokens. `brief` is a client whose tokens live for a second. Prints its address.
import Provider from 'oidc-provider';

const port = Number(process.argv[2]);
const client = (client_id) => ({
  client_id, client_secret: process.env.CLIENT_SECRET, grant_types: ['client_credentials'],
  redirect_uris: [], response_types: [],
});
const provider = new Provider(`http://127.0.0.1:${port}`, {
  clients: [client('bench'), client('brief')],
  features: {
    clientCredentials: { enabled: true },
    devInteractions: { enabled: false },
    introspection: { enabled: true, allowedPolicy: () => true },
    revocation: { enabled: true },
  },
  ttl: { ClientCredentials: (ctx, token, { clientId }) => (clientId === 'brief' ? 1 : 3600) },
});
provider.listen(port, '127.0.0.1', () => console.log(`127.0.0.1:${port}`));
