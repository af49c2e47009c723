// golang.org/x/oauth2 and go-jose against a running Signet: client credentials, refresh, JWKS. Told
// by environment variables; exit code 0 when all holds.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"net/http"
	"os"
	"time"

	jose "github.com/go-jose/go-jose/v3"
	"github.com/go-jose/go-jose/v3/jwt"
	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"
)

type metadata struct {
	Issuer        string `json:"issuer"`
	JwksURI       string `json:"jwks_uri"`
	TokenEndpoint string `json:"token_endpoint"`
}

func must(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

func get(url string, into any) {
	answer, err := http.Get(url)
	must(err)
	defer answer.Body.Close()
	must(json.NewDecoder(answer.Body).Decode(into))
}

func verify(token string, keys jose.JSONWebKeySet, issuer, audience string) (jwt.Claims, error) {
	var claims jwt.Claims
	parsed, err := jwt.ParseSigned(token)
	if err != nil {
		return claims, err
	}
	if len(parsed.Headers) != 1 || parsed.Headers[0].Algorithm != string(jose.ES256) {
		return claims, errors.New("another algorithm")
	}
	matching := keys.Key(parsed.Headers[0].KeyID)
	if len(matching) != 1 {
		return claims, errors.New("no such key")
	}
	if err := parsed.Claims(matching[0], &claims); err != nil {
		return claims, err
	}
	return claims, claims.Validate(
		jwt.Expected{Issuer: issuer, Audience: jwt.Audience{audience}, Time: time.Now()})
}

func main() {
	http.DefaultClient.Timeout = 10 * time.Second
	issuer := os.Getenv("SIGNET_ISSUER")
	var found metadata
	get(issuer+"/.well-known/openid-configuration", &found)
	if found.Issuer != issuer {
		log.Fatalf("issuer %q", found.Issuer)
	}
	var keys jose.JSONWebKeySet
	get(found.JwksURI, &keys)

	claims, err := verify(os.Getenv("ACCESS_TOKEN"), keys, issuer, "signet")
	must(err)
	if claims.Subject != os.Getenv("SUBJECT") {
		log.Fatalf("subject %q", claims.Subject)
	}
	if _, err := verify(os.Getenv("ACCESS_TOKEN"), keys, issuer, "somebody-else"); err == nil {
		log.Fatal("a token for another audience was accepted")
	}

	ctx := context.Background()
	for _, style := range []oauth2.AuthStyle{oauth2.AuthStyleInHeader, oauth2.AuthStyleInParams} {
		config := clientcredentials.Config{
			ClientID: os.Getenv("CLIENT_ID"), ClientSecret: os.Getenv("CLIENT_SECRET"),
			TokenURL: found.TokenEndpoint, Scopes: []string{"invoices"}, AuthStyle: style}
		token, err := config.Token(ctx)
		must(err)
		_, err = verify(token.AccessToken, keys, issuer, "signet")
		must(err)
		config.ClientSecret = "wrong"
		var refused *oauth2.RetrieveError
		if _, err := config.Token(ctx); !errors.As(err, &refused) || refused.ErrorCode != "invalid_client" {
			log.Fatalf("a wrong secret: %v", err)
		}
	}

	app := oauth2.Config{ClientID: "app", Endpoint: oauth2.Endpoint{
		TokenURL: found.TokenEndpoint, AuthStyle: oauth2.AuthStyleInParams}}
	refresh := func(token string) (*oauth2.Token, error) {
		return app.TokenSource(ctx, &oauth2.Token{RefreshToken: token}).Token()
	}
	one, err := refresh(os.Getenv("REFRESH_TOKEN"))
	must(err)
	two, err := refresh(one.RefreshToken)
	must(err)
	for _, dead := range []string{os.Getenv("REFRESH_TOKEN"), two.RefreshToken} {
		var refused *oauth2.RetrieveError
		if _, err := refresh(dead); !errors.As(err, &refused) || refused.ErrorCode != "invalid_grant" {
			log.Fatalf("a dead refresh token: %v", err)
		}
	}
	fmt.Println("ok")
}
