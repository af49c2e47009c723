#include "client/cli/qr_code.h"

#include <vector>

#include <gmock/gmock.h>
#include <png.h>

#include "absl/strings/str_cat.h"

namespace signet::cli {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

constexpr char kText[] = "otpauth://totp/Signet:ada%40example.com?secret=JBSWY3DPEHPK3PXP";

// both pictures say the same modules, with the quiet zone that readers need.
TEST(QrCodeTest, TheSvgAndThePngShowTheSameModules) {
  const std::string svg = QrSvg(kText).value();
  const std::string png = QrPng(kText).value();
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  ASSERT_NE(png_image_begin_read_from_memory(&image, png.data(), png.size()), 0);
  image.format = PNG_FORMAT_GRAY;
  std::vector<unsigned char> grey(size_t{image.width} * image.height);
  ASSERT_NE(png_image_finish_read(&image, nullptr, grey.data(), 0, nullptr), 0);
  const size_t modules = image.width / 8;
  EXPECT_THAT(svg, HasSubstr(absl::StrCat("viewBox=\"0 0 ", modules, " ", modules, "\"")));
  int dark = 0;
  for (size_t y = 0; y < modules; ++y) {
    for (size_t x = 0; x < modules; ++x) {
      const bool is_dark = grey[(y * 8 + 4) * image.width + x * 8 + 4] == 0;
      const bool drawn = svg.find(absl::StrCat("M", x, " ", y, "h1v1h-1z")) != std::string::npos;
      EXPECT_EQ(is_dark, drawn) << x << "," << y;
      dark += is_dark ? 1 : 0;
      if (x < 4 || y < 4 || x >= modules - 4 || y >= modules - 4) {
        EXPECT_FALSE(is_dark);
      }
    }
  }
  EXPECT_GT(dark, 300);
  // The finder pattern's corner: seven dark modules, then a light one.
  EXPECT_THAT(svg, HasSubstr("M4 4h1v1h-1z"));
  EXPECT_THAT(svg, HasSubstr("M10 4h1v1h-1z"));
  EXPECT_THAT(svg, Not(HasSubstr("M11 4h1v1h-1z")));
}

TEST(QrCodeTest, TheTerminalGetsHalfAsManyLinesAndItsColoursBack) {
  const std::string shown = QrTerminal(kText).value();
  EXPECT_THAT(shown, StartsWith("\033[30;107m"));
  EXPECT_THAT(shown, testing::EndsWith("\033[0m\n"));
}

TEST(QrCodeTest, ATextThatFitsNoCodeIsRefused) { EXPECT_FALSE(QrSvg(std::string(5000, 'x')).ok()); }

}  // namespace
}  // namespace signet::cli
