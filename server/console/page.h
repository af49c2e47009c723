#pragma once

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "server/console/chart.h"
#include "server/console/markup.h"
#include "server/http/reply.h"

namespace signet::console {

// What stands around the content of a page.
struct Frame {
  std::string title;
  std::string path;     // of the page, for the navigation: "/console/keys"
  std::string replica;  // this process, for people; empty: for nobody who may look, and there is
                        // no navigation
  std::string person;   // whose session it is; empty: nobody's
  absl::Time now;
  enum class Refresh { kNone, kPaused, kEvery5s } refresh = Refresh::kNone;
};

// One HTML document, complete.
std::string Document(const Frame& frame, const Markup& content);

// A document as an answer: never cached, never framed; nothing but its own stylesheet, its own icon
// and its own forms (CSP), its own origin as the one that is told where it was (so that a form says
// which origin sent it). A page that refreshes does so by itself after 5 seconds, without a script.
http::Reply PageReply(int status, const Frame& frame, const Markup& content);

// What pages are made of.

struct Tile {
  std::string label;
  std::string value;
  std::string note = {};
  // Said in words and by a sign, and by colour last.
  enum class State { kPlain, kGood, kBad } state = State::kPlain;
};
Markup Tiles(const std::vector<Tile>& tiles);

Markup Charts(const std::vector<Chart>& charts);

// A cell is text, or markup made before. Columns after the first are numbers, aligned to the right,
// unless they are named in `texts`.
struct Table {
  std::string caption;
  std::vector<std::string> head;
  std::vector<std::vector<Markup>> rows;
  std::vector<size_t> texts = {};
  std::string empty = "Nothing in the last 15 minutes.";
};
Markup Draw(const Table& table);

Markup Words(absl::string_view text);
// A link within the console; `path` is escaped as an attribute.
Markup Link(absl::string_view path, absl::string_view text);
Markup Heading(absl::string_view text, absl::string_view note = "");

absl::string_view Stylesheet();
absl::string_view Icon();

}  // namespace signet::console
