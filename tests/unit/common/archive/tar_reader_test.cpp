// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/archive/tar_reader.hpp"

#include <gtest/gtest.h>

#include <format>
#include <utility>
#include <vector>

namespace redoubt::archive {
namespace {

class Collector final : public EntrySink {
  public:
    Status begin(const Entry& entry) override {
        entries.emplace_back(entry, "");
        return {};
    }
    Status data(std::string_view bytes) override {
        entries.back().second += bytes;
        return {};
    }
    Status end() override {
        ++ended;
        return {};
    }
    std::vector<std::pair<Entry, std::string>> entries;
    std::size_t ended = 0;
};

std::string with_content(Entry entry, const std::string& content) {
    entry.size_bytes = content.size();
    return render_entry(entry) + content + std::string(padding_of(content.size()), '\0');
}

/// In pieces of every size there could be trouble with.
std::vector<std::pair<Entry, std::string>> read_back(const std::string& archive, std::size_t piece) {
    Collector collector;
    TarReader reader(collector);
    for (std::size_t at = 0; at < archive.size(); at += piece) {
        const auto fed = reader.feed(std::string_view(archive).substr(at, piece));
        EXPECT_TRUE(fed) << fed.error().message;
        if (!fed) return {};
    }
    EXPECT_TRUE(reader.finish());
    EXPECT_EQ(collector.ended, collector.entries.size());
    return collector.entries;
}

TEST(TarReader, ReadsWhatWasWrittenInPiecesOfAnySize) {
    const Entry plain{.path = "a/b", .mode = 04755, .uid = 7, .gid = 8, .mtime_seconds = 1767168000};
    Entry fine = plain;
    fine.path = std::string(300, 'x');
    fine.mtime_seconds = -2;
    fine.mtime_nanoseconds = 250'000'000;
    fine.uid = 4'000'000'000;
    const Entry link{.path = "l", .kind = EntryKind::symbolic_link, .link = std::string(200, 'y')};
    const Entry folder{.path = "d", .kind = EntryKind::folder, .mode = 0700};
    const Entry device{
        .path = "null", .kind = EntryKind::character_device, .device_major = 1, .device_minor = 3};
    const auto archive = with_content(plain, "hello") + with_content(fine, std::string(512, 'z')) +
                         with_content(plain, "") + render_entry(link) + render_entry(folder) +
                         render_entry(device) + render_end();
    for (const std::size_t piece :
         {std::size_t(1), std::size_t(511), std::size_t(512), std::size_t(513), archive.size()}) {
        const auto read = read_back(archive, piece);
        ASSERT_EQ(read.size(), 6U) << piece;
        EXPECT_EQ(read[0].second, "hello");
        EXPECT_EQ(read[0].first.mode, 04755U);
        EXPECT_EQ(read[1].first.path, fine.path);
        EXPECT_EQ(read[1].first.uid, 4'000'000'000U);
        EXPECT_EQ(read[1].first.mtime_seconds, -2);
        EXPECT_EQ(read[1].first.mtime_nanoseconds, 250'000'000U);
        EXPECT_EQ(read[1].second, std::string(512, 'z'));
        EXPECT_EQ(read[3].first, link);
        EXPECT_EQ(read[4].first, folder);
        EXPECT_EQ(read[5].first, device);
    }
}

TEST(TarReader, RefusesWhatIsCutShort) {
    Collector collector;
    TarReader reader(collector);
    ASSERT_TRUE(reader.feed(render_entry({.path = "f", .size_bytes = 10}) + "12345"));
    EXPECT_EQ(reader.finish().error().code, Code::invalid_argument);
    TarReader empty(collector);
    EXPECT_EQ(empty.finish().error().code, Code::invalid_argument);
}

TEST(TarReader, RefusesWhatIsNoArchive) {
    Collector collector;
    TarReader reader(collector);
    EXPECT_EQ(reader.feed(std::string(512, 'x')).error().code, Code::invalid_argument);
}

TEST(TarReader, RefusesAHeaderBeyondReason) {
    Collector collector;
    TarReader reader(collector);
    auto header = render_entry({.path = "pax", .size_bytes = 1ULL << 30U});
    // The type is at 156 and part of the checksum at 148: "0" becomes "x".
    header[156] = 'x';
    unsigned sum = 0;
    for (std::size_t i = 0; i < header.size(); ++i)
        sum += i >= 148 && i < 156 ? static_cast<unsigned>(' ') : static_cast<unsigned char>(header[i]);
    header.replace(148, 7, std::format("{:07o}", sum));
    EXPECT_EQ(reader.feed(header).error().code, Code::resource_exhausted);
}

TEST(TarReader, EndsWithTheArchiveAndNotBehindIt) {
    Collector collector;
    TarReader reader(collector);
    ASSERT_TRUE(
        reader.feed(render_entry({.path = "d", .kind = EntryKind::folder}) + render_end() + "rubbish"));
    EXPECT_TRUE(reader.finish());
    EXPECT_EQ(reader.entries(), 1U);
}

} // namespace
} // namespace redoubt::archive
