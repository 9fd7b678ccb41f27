// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
// Reading an archive that a container sends. What begins must end, and no name leaves its folder.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "common/archive/tar_reader.hpp"
#include "common/archive/tree_unpacker.hpp"

namespace {

using namespace redoubt;

class Judge final : public archive::EntrySink {
  public:
    Status begin(const archive::Entry& entry) override {
        if (is_open_) std::abort();
        is_open_ = true;
        left_ = entry.size_bytes;
        const auto path = archive::normalise_name(entry.path);
        if (path && (path->starts_with("/") || ("/" + *path + "/").contains("/../"))) std::abort();
        return {};
    }
    Status data(std::string_view bytes) override {
        if (!is_open_ || bytes.size() > left_) std::abort();
        left_ -= bytes.size();
        return {};
    }
    Status end() override {
        if (!is_open_ || left_ != 0) std::abort();
        is_open_ = false;
        return {};
    }

  private:
    bool is_open_ = false;
    std::uint64_t left_ = 0;
};

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    Judge judge;
    archive::TarReader reader(judge);
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    const std::size_t half = size / 3;
    if (!reader.feed(bytes.substr(0, half)) || !reader.feed(bytes.substr(half))) return 0;
    [[maybe_unused]] const auto finished = reader.finish();
    return 0;
}
