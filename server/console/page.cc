#include "server/console/page.h"

#include <algorithm>
#include <array>
#include <utility>

#include "absl/strings/str_cat.h"

namespace signet::console {
namespace {

struct Place {
  absl::string_view path;
  absl::string_view name;
};
constexpr std::array<Place, 8> kPlaces = {{{"/console", "Overview"},
                                           {"/console/validation", "Validation"},
                                           {"/console/refresh", "Refresh"},
                                           {"/console/logins", "Logins"},
                                           {"/console/keys", "Keys"},
                                           {"/console/database", "Database"},
                                           {"/console/capacity", "Capacity"},
                                           {"/console/replicas", "Replicas"}}};

constexpr absl::string_view kPolicy =
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'";

void AddNavigation(const Frame& frame, Markup& out) {
  out.Raw("<nav aria-label=\"Pages\"><ul>");
  for (const Place& place : kPlaces) {
    out.Raw("<li><a href=\"").Text(place.path).Raw("\"");
    if (place.path == frame.path) out.Raw(" aria-current=\"page\"");
    out.Raw(">").Text(place.name).Raw("</a></li>");
  }
  out.Raw("</ul></nav>");
}

void AddFooter(const Frame& frame, Markup& out) {
  if (frame.replica.empty()) return;
  out.Raw("<footer><p>Replica <b>")
      .Text(frame.replica)
      .Raw("</b>, as of <time>")
      .Text(absl::FormatTime("%Y-%m-%d %H:%M:%S", frame.now, absl::UTCTimeZone()))
      .Raw("</time> UTC.");
  if (frame.refresh == Frame::Refresh::kEvery5s) {
    out.Raw(" Refreshed every 5 seconds: <a href=\"?live=off\">pause</a>");
  } else if (frame.refresh == Frame::Refresh::kPaused) {
    out.Raw(" Paused: <a href=\"").Text(frame.path).Raw("\">go on</a>");
  }
  out.Raw("</p></footer>");
}

void AddPerson(const Frame& frame, Markup& out) {
  out.Raw(
         "<form class=\"leave\" method=\"post\" action=\"/console/logout\"><span title=\"Whose "
         "session this is\">")
      .Text(frame.person)
      .Raw("</span><button>Log out</button></form>");
}

}  // namespace

std::string Document(const Frame& frame, const Markup& content) {
  Markup out;
  out.Raw("<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>")
      .Text(frame.title)
      .Raw(
          " · Signet</title><meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">"
          "<meta name=\"color-scheme\" content=\"light dark\"><meta name=\"robots\" "
          "content=\"noindex\"><link rel=\"icon\" href=\"/console/icon.svg\" "
          "type=\"image/svg+xml\"><link rel=\"stylesheet\" href=\"/console/style.css\"></head>"
          "<body><a class=\"skip\" href=\"#content\">To the content</a><header><a class=\"brand\" "
          "href=\"/console\"><img src=\"/console/icon.svg\" alt=\"\" width=\"22\" "
          "height=\"22\">Signet</a>");
  if (!frame.replica.empty()) AddNavigation(frame, out);
  if (!frame.person.empty()) AddPerson(frame, out);
  out.Raw("</header><main id=\"content\"");
  if (frame.person.empty()) out.Raw(" class=\"narrow\"");
  out.Raw("><h1>").Text(frame.title).Raw("</h1>").Add(content).Raw("</main>");
  AddFooter(frame, out);
  out.Raw("</body></html>\n");
  return std::move(out).Take();
}

http::Reply PageReply(int status, const Frame& frame, const Markup& content) {
  http::Reply reply{.status = status,
                    .content_type = "text/html; charset=utf-8",
                    .body = Document(frame, content)};
  reply.content_security_policy = kPolicy;
  reply.referrer_policy = "same-origin";
  reply.fields = {{"X-Frame-Options", "DENY"},
                  {"Cross-Origin-Opener-Policy", "same-origin"},
                  {"Cross-Origin-Resource-Policy", "same-origin"}};
  if (frame.refresh == Frame::Refresh::kEvery5s) reply.fields.push_back({"Refresh", "5"});
  return reply;
}

Markup Tiles(const std::vector<Tile>& tiles) {
  Markup out;
  out.Raw("<dl class=\"tiles\">");
  for (const Tile& tile : tiles) {
    out.Raw("<div><dt>").Text(tile.label).Raw("</dt><dd>");
    if (tile.state == Tile::State::kGood) out.Raw("<span class=\"good\">✓</span> ");
    if (tile.state == Tile::State::kBad) out.Raw("<span class=\"bad\">⚠</span> ");
    out.Text(tile.value).Raw("</dd>");
    if (!tile.note.empty()) out.Raw("<dd class=\"note\">").Text(tile.note).Raw("</dd>");
    out.Raw("</div>");
  }
  out.Raw("</dl>");
  return out;
}

Markup Charts(const std::vector<Chart>& charts) {
  Markup out;
  out.Raw("<div class=\"charts\">");
  for (const Chart& chart : charts) out.Add(Draw(chart));
  out.Raw("</div>");
  return out;
}

Markup Draw(const Table& table) {
  Markup out;
  out.Raw("<section class=\"table\"><h2>").Text(table.caption).Raw("</h2>");
  if (table.rows.empty()) {
    return out.Raw("<p class=\"empty\">").Text(table.empty).Raw("</p></section>");
  }
  const auto kind_of = [&](size_t column) -> absl::string_view {
    const bool text = column == 0 || std::find(table.texts.begin(), table.texts.end(), column) !=
                                         table.texts.end();
    return text ? "t" : "n";
  };
  out.Raw("<div class=\"scroll\" tabindex=\"0\"><table><thead><tr>");
  for (size_t i = 0; i < table.head.size(); ++i) {
    out.Raw("<th scope=\"col\" class=\"").Text(kind_of(i)).Raw("\">");
    out.Text(table.head[i]).Raw("</th>");
  }
  out.Raw("</tr></thead><tbody>");
  for (const auto& row : table.rows) {
    out.Raw("<tr>");
    for (size_t i = 0; i < row.size(); ++i) {
      if (i == 0) {
        out.Raw("<th scope=\"row\">").Add(row[i]).Raw("</th>");
      } else {
        out.Raw("<td class=\"").Text(kind_of(i)).Raw("\">").Add(row[i]).Raw("</td>");
      }
    }
    out.Raw("</tr>");
  }
  return out.Raw("</tbody></table></div></section>");
}

Markup Words(absl::string_view text) { return Markup().Text(text); }

Markup Link(absl::string_view path, absl::string_view text) {
  return Markup().Raw("<a href=\"").Text(path).Raw("\">").Text(text).Raw("</a>");
}

Markup Heading(absl::string_view text, absl::string_view note) {
  Markup out;
  out.Raw("<h2>").Text(text).Raw("</h2>");
  if (!note.empty()) out.Raw("<p class=\"lead\">").Text(note).Raw("</p>");
  return out;
}

}  // namespace signet::console
