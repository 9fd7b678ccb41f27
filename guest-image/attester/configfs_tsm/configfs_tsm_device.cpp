// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "guest-image/attester/configfs_tsm/configfs_tsm_device.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <format>
#include <string>
#include <utility>

#include "common/base/file.hpp"

namespace redoubt::guest::attester::configfs_tsm {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t k_max_blob = 256U << 10U;
constexpr std::uint64_t k_max_word = 64;

/// A request's folder; gone with this.
class Entry {
  public:
    static Result<Entry> make(const fs::path& folder) {
        if (::mkdir(folder.c_str(), 0700) != 0) {
            // No folder of reports, or no driver behind it.
            if (errno == ENOENT || errno == ENXIO || errno == ENODEV || errno == EPERM)
                return fail(Code::failed_precondition, "this guest has no secure processor: {}: {}",
                            folder.parent_path().native(), text_of_errno(errno));
            return fail_errno(errno, "make {}", folder.native());
        }
        return Entry(folder);
    }
    Entry(Entry&& other) noexcept : folder_(std::exchange(other.folder_, fs::path())) {}
    Entry& operator=(Entry&&) = delete;
    Entry(const Entry&) = delete;
    Entry& operator=(const Entry&) = delete;
    ~Entry() {
        if (!folder_.empty()) ::rmdir(folder_.c_str());
    }

    [[nodiscard]] fs::path operator/(const char* name) const { return folder_ / name; }

  private:
    explicit Entry(fs::path folder) : folder_(std::move(folder)) {}
    fs::path folder_;
};

Result<std::string> read_word(const fs::path& file) {
    RDT_TRY(auto text, read_file(file, k_max_word));
    while (text.ends_with('\n')) text.pop_back();
    return text;
}

/// Goes up with every write to the entry.
Result<std::uint64_t> generation_of(const Entry& entry) {
    RDT_TRY(const auto text, read_word(entry / "generation"));
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size())
        return fail(Code::data_loss, "generation '{}' is no number", text);
    return number;
}

Result<RawEvidence> ask(const fs::path& folder, std::string_view report_data) {
    RDT_TRY(const auto entry, Entry::make(folder));
    RDT_TRY(const auto before, generation_of(entry));
    RDT_CHECK(write_existing(entry / "inblob", report_data));
    RawEvidence raw;
    RDT_TRY(raw.provider, read_word(entry / "provider"));
    RDT_TRY(raw.outblob, read_file(entry / "outblob", k_max_blob));
    auto table = read_file(entry / "auxblob", k_max_blob);
    // Providers without one have no such file.
    if (!table && table.error().code != Code::not_found) return std::unexpected(table.error());
    if (table) raw.auxblob = *std::move(table);
    RDT_TRY(const auto after, generation_of(entry));
    if (after != before + 1)
        return fail(Code::aborted, "{} was written by somebody else meanwhile", folder.native());
    return raw;
}

} // namespace

Task<RawEvidence> ConfigfsTsmDevice::evidence_over(std::string report_data) {
    co_return ask(reports_ / std::format("redoubt-{}", ++asked_), report_data)
        .transform_error(context("secure processor"));
}

Task<> ConfigfsTsmDevice::extend(std::uint32_t rtmr, std::string digest) {
    const auto file = measurements_ / std::format("rtmr{}:sha384", rtmr);
    auto written = write_existing(file, digest);
    if (!written && written.error().code == Code::not_found)
        co_return fail(Code::unimplemented, "this guest has no register {}", file.native());
    co_return std::move(written).transform_error(context("secure processor"));
}

bool has_secure_processor(const fs::path& reports) {
    return Entry::make(reports / "redoubt-probe").has_value();
}

} // namespace redoubt::guest::attester::configfs_tsm
