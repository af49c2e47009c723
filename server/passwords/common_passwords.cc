#include "server/passwords/common_passwords.h"

#include <algorithm>
#include <array>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/string_view.h"

namespace signet::passwords {
namespace {

// Sorted, lower case: found by binary search.
constexpr auto kCommon = std::to_array<absl::string_view>(
    {"00000000",   "000000000",  "0000000000",  "0123456789",    "0987654321",  "11111111",
     "111111111",  "1111111111", "11223344",    "1122334455",    "123123123",   "1231231234",
     "123321123",  "12341234",   "12344321",    "123454321",     "123456123",   "12345678",
     "123456789",  "1234567890", "12345678910", "123456789a",    "12345678a",   "1234567a",
     "147258369",  "159753456",  "1q2w3e4r",    "1q2w3e4r5t",    "1qaz2wsx",    "1qaz2wsx3edc",
     "55555555",   "66666666",   "741852963",   "77777777",      "789456123",   "87654321",
     "88888888",   "987654321",  "99999999",    "a12345678",     "a123456789",  "aa123456",
     "aa12345678", "abc12345",   "abc123456",   "abcd1234",      "abcdefg1",    "abcdefgh",
     "admin123",   "admin1234",  "adminadmin",  "administrator", "arsenal1",    "asdf1234",
     "asdfasdf",   "asdfghjk",   "asdfghjkl",   "babygirl",      "babygirl1",   "baseball",
     "baseball1",  "batman123",  "blink182",    "butterfly",     "changeme",    "changeme123",
     "charlie1",   "chelsea1",   "chocolate",   "computer",      "corvette",    "creative",
     "december",   "default1",   "dragon123",   "facebook",      "football",    "football1",
     "freedom1",   "google123",  "guest123",    "hallo123",      "hello123",    "iloveyou",
     "iloveyou1",  "iloveyou2",  "internet",    "jennifer",      "jordan23",    "letmein1",
     "letmein123", "linkedin",   "liverpool",   "liverpool1",    "login123",    "master123",
     "maverick",   "mercedes",   "metallica",   "michael1",      "michelle",    "monkey123",
     "myspace1",   "nintendo",   "november",    "p@ssw0rd",      "p@ssword",    "pa55word",
     "pass1234",   "passport",   "passw0rd",    "password",      "password!",   "password1",
     "password1!", "password12", "password123", "password1234",  "pokemon1",    "princess",
     "princess1",  "q1w2e3r4",   "q1w2e3r4t5",  "qazwsxedc",     "qwe12345",    "qweqweqwe",
     "qwer1234",   "qwerty12",   "qwerty123",   "qwerty1234",    "qwerty12345", "qwerty123456",
     "qwertyui",   "qwertyuiop", "root1234",    "samsung1",      "secret123",   "starwars",
     "summer2024", "sunshine",   "sunshine1",   "superman",      "superman1",   "test1234",
     "testtest",   "toor1234",   "trustno1",    "user1234",      "victoria",    "welcome1",
     "welcome123", "whatever",   "winter2024",  "zaq12wsx",      "zxcvbnm,",    "zxcvbnm1",
     "zxcvbnm123"});

static_assert(std::is_sorted(kCommon.begin(), kCommon.end()));

}  // namespace

bool IsCommonPassword(const base::Secret& password) {
  std::string lower(password.reveal());
  absl::AsciiStrToLower(&lower);
  const bool common = std::binary_search(kCommon.begin(), kCommon.end(), lower);
  base::Wipe(lower);
  return common;
}

}  // namespace signet::passwords
