#include "client/token/json.h"

#include <string>

#include <gtest/gtest.h>

namespace signet::token {
namespace {

bool Reads(absl::string_view text) {
  JsonReader reader;
  return reader.ReadObject(text).has_value();
}

std::string Nested(size_t levels) {
  std::string text;
  for (size_t i = 0; i < levels; ++i) text += R"({"a":)";
  return text + "1" + std::string(levels, '}');
}

TEST(JsonReader, ReadsObjects) {
  EXPECT_TRUE(Reads("{}"));
  EXPECT_TRUE(Reads(" {\"a\" : [1, {\"a\":null}], \"b\":\"\\u20ac\"}\n"));
}

TEST(JsonReader, RefusesEverythingThatIsNoObjectOrNoJson) {
  for (const char* text : {"",
                           " ",
                           "[]",
                           "\"a\"",
                           "1",
                           "null",
                           "{",
                           "{}}",
                           "{} {}",
                           "{}x",
                           "{'a':1}",
                           "{a:1}",
                           "{\"a\":1,}",
                           "{\"a\":01}",
                           "{\"a\":+1}",
                           "{\"a\":NaN}",
                           "{\"a\":1}//",
                           "\xef\xbb\xbf{}",
                           "{\"a\":\"\n\"}",
                           "{\"a\":\"\\x\"}",
                           "{\"a\":tru}"}) {
    EXPECT_FALSE(Reads(text)) << text;
  }
  EXPECT_FALSE(Reads(absl::string_view("{}\0", 3)));
}

// Two readers that take the first and the last of two members see two different tokens.
TEST(JsonReader, RefusesDuplicateMembersAtEveryLevel) {
  EXPECT_FALSE(Reads(R"({"a":1,"a":1})"));
  EXPECT_FALSE(Reads(R"({"a":1,"\u0061":2})"));
  EXPECT_FALSE(Reads(R"({"b":{"a":1,"c":2,"a":3}})"));
  EXPECT_FALSE(Reads(R"({"b":[[{"a":1,"a":2}]]})"));
  EXPECT_TRUE(Reads(R"({"a":{"a":{"a":1}},"b":{"a":1},"c":[{"a":1},{"a":1}]})"));
}

TEST(JsonReader, RefusesADuplicateAmongMany) {
  std::string text = "{";
  for (int i = 0; i < 100; ++i) text += "\"m" + std::to_string(i) + "\":{\"m1\":0},";
  EXPECT_TRUE(Reads(text + "\"last\":1}"));
  EXPECT_FALSE(Reads(text + "\"m57\":1}"));
}

TEST(JsonReader, RefusesMoreThan32Levels) {
  EXPECT_TRUE(Reads(Nested(32)));
  EXPECT_FALSE(Reads(Nested(33)));
  EXPECT_TRUE(Reads("{\"a\":" + std::string(31, '[') + std::string(31, ']') + "}"));
  EXPECT_FALSE(Reads("{\"a\":" + std::string(32, '[') + std::string(32, ']') + "}"));
  EXPECT_FALSE(Reads("{\"a\":" + std::string(4000, '[') + std::string(4000, ']') + "}"));
}

TEST(JsonReader, RefusesTextThatIsNoUtf8) {
  EXPECT_FALSE(Reads("{\"a\":\"\xff\"}"));
  EXPECT_FALSE(Reads("{\"a\":\"\xc0\x80\"}"));
  EXPECT_FALSE(Reads("{\"\xed\xa0\x80\":1}"));
  EXPECT_FALSE(Reads(R"({"a":"\ud800"})"));
  EXPECT_FALSE(Reads(R"({"a":"\udc00"})"));
  EXPECT_FALSE(Reads(R"({"a":"\ud800\ud800"})"));
  EXPECT_FALSE(Reads(R"({"\udc00":1})"));
  EXPECT_TRUE(Reads(R"({"a":"\ud83d\ude00"})"));
}

TEST(JsonReader, ALongTextLeavesNothingForTheShorterOneAfterIt) {
  JsonReader reader;
  EXPECT_TRUE(reader.ReadObject("{\"a\":\"" + std::string(3000, 'x') + "\"}").has_value());
  EXPECT_FALSE(reader.ReadObject("{\"a\":").has_value());
  EXPECT_TRUE(reader.ReadObject("{}").has_value());
}

TEST(AppendJsonString, WritesWhatIsReadBackAsTheSameText) {
  for (const std::string& text : {std::string(), std::string("plain"), std::string("\"\\\n\t\x01/"),
                                  std::string("\0x", 2), std::string("\xe2\x82\xac\x7f")}) {
    std::string json = "{\"a\":";
    AppendJsonString(text, json);
    json += "}";
    JsonReader reader;
    const auto object = reader.ReadObject(json);
    ASSERT_TRUE(object.has_value()) << json;
    EXPECT_EQ(JsonString(object->at_key("a")), text);
  }
}

}  // namespace
}  // namespace signet::token
