#include "client/cli/qr_code.h"

#include <memory>
#include <vector>

#include <png.h>
#include <qrencode.h>

#include "absl/strings/str_cat.h"
#include "client/base/status_macros.h"
#include "client/cli/advice.h"

namespace signet::cli {
namespace {

constexpr int kQuietZone = 4;
constexpr int kPixels = 8;

// The modules with the quiet zone around them.
class Modules {
 public:
  static absl::StatusOr<Modules> Of(absl::string_view text) {
    const std::unique_ptr<QRcode, decltype(&QRcode_free)> code(
        QRcode_encodeData(static_cast<int>(text.size()),
                          reinterpret_cast<const unsigned char*>(text.data()), 0, QR_ECLEVEL_M),
        &QRcode_free);
    if (code == nullptr) return UsageError("the text is too long for a QR code");
    Modules modules;
    modules.size_ = code->width + 2 * kQuietZone;
    modules.dark_.resize(static_cast<size_t>(modules.size_ * modules.size_));
    for (int y = 0; y < code->width; ++y) {
      for (int x = 0; x < code->width; ++x) {
        modules.dark_[static_cast<size_t>((y + kQuietZone) * modules.size_ + x + kQuietZone)] =
            (code->data[y * code->width + x] & 1) != 0;
      }
    }
    return modules;
  }

  int size() const { return size_; }
  // Light beyond the edge.
  bool dark(int x, int y) const { return y < size_ && dark_[static_cast<size_t>(y * size_ + x)]; }

 private:
  int size_ = 0;
  std::vector<bool> dark_;
};

}  // namespace

absl::StatusOr<std::string> QrTerminal(absl::string_view text) {
  SIGNET_ASSIGN_OR_RETURN(const Modules modules, Modules::Of(text));
  // By upper and lower module: both light, upper dark, lower dark, both dark.
  constexpr const char* kBlocks[] = {" ", "\u2580", "\u2584", "\u2588"};
  std::string out;
  for (int y = 0; y < modules.size(); y += 2) {
    out += "\033[30;107m";
    for (int x = 0; x < modules.size(); ++x) {
      out += kBlocks[(modules.dark(x, y) ? 1 : 0) + (modules.dark(x, y + 1) ? 2 : 0)];
    }
    out += "\033[0m\n";
  }
  return out;
}

absl::StatusOr<std::string> QrSvg(absl::string_view text) {
  SIGNET_ASSIGN_OR_RETURN(const Modules modules, Modules::Of(text));
  const int size = modules.size();
  std::string out = absl::StrCat(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 ",
      size, " ", size, "\" shape-rendering=\"crispEdges\">\n<rect width=\"", size, "\" height=\"",
      size, "\" fill=\"#fff\"/>\n<path d=\"");
  for (int y = 0; y < size; ++y) {
    for (int x = 0; x < size; ++x) {
      if (modules.dark(x, y)) absl::StrAppend(&out, "M", x, " ", y, "h1v1h-1z");
    }
  }
  return out + "\" fill=\"#000\"/>\n</svg>\n";
}

absl::StatusOr<std::string> QrPng(absl::string_view text) {
  SIGNET_ASSIGN_OR_RETURN(const Modules modules, Modules::Of(text));
  const int side = modules.size() * kPixels;
  std::vector<unsigned char> grey;
  grey.reserve(static_cast<size_t>(side) * static_cast<size_t>(side));
  for (int y = 0; y < side; ++y) {
    for (int x = 0; x < side; ++x) {
      grey.push_back(modules.dark(x / kPixels, y / kPixels) ? 0 : 255);
    }
  }
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  image.width = image.height = static_cast<png_uint_32>(side);
  image.format = PNG_FORMAT_GRAY;
  png_alloc_size_t size = 0;
  bool written = png_image_write_to_memory(&image, nullptr, &size, 0, grey.data(), 0, nullptr) != 0;
  std::string out(size, '\0');
  written = written &&
            png_image_write_to_memory(&image, out.data(), &size, 0, grey.data(), 0, nullptr) != 0;
  if (!written) return absl::InternalError("the picture cannot be written");
  out.resize(size);
  return out;
}

}  // namespace signet::cli
