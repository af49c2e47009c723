#pragma once

#include <string>

#include "absl/strings/string_view.h"
#include "google/protobuf/descriptor.h"

namespace signet::connect {

// The contract as proto/ spells it, with its comments, and what errors are made of. The descriptors
// of the generated code have no comments, take a lock at each look-up, and are only there where
// something else of their file is linked in. Immutable, thread-safe.
const google::protobuf::DescriptorPool& Contract();

// What is written of a method, message, field or value, in paragraphs; empty where nothing is.
template <typename Thing>
std::string CommentOf(const Thing& thing);

// The same of the text of a comment: lines joined, blank ones between paragraphs.
std::string Paragraphs(absl::string_view comment);

template <typename Thing>
std::string CommentOf(const Thing& thing) {
  google::protobuf::SourceLocation at;
  if (!thing.GetSourceLocation(&at)) return "";
  return Paragraphs(at.leading_comments.empty() ? at.trailing_comments : at.leading_comments);
}

}  // namespace signet::connect
