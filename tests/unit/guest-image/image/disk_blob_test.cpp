// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "guest-image/image/disk_blob.hpp"

#include <gtest/gtest.h>

#include "tests/unit/guest-image/image/image_maker.hpp"

namespace redoubt::guest::image {
namespace {

TEST(DiskBlob, GivesAsManyBytesAsItHasAndNoPadding) {
    std::string bytes(300'000, 'x');
    bytes.back() = 'y';
    DiskBlob blob(maker::disk_of(bytes), bytes.size());
    std::string found;
    for (;;) {
        const auto piece = blob.read().value();
        if (piece.empty()) break;
        found.append(piece.data(), piece.size());
    }
    EXPECT_EQ(found, bytes);
}

TEST(DiskBlob, SaysWhereADiskEndsTooSoon) {
    DiskBlob blob(maker::file_of(std::string(512, 'x')), 700);
    ASSERT_TRUE(blob.read());
    EXPECT_EQ(blob.read().error(), (Error{Code::data_loss, "its disk ends after 512 of 700 bytes"}));
}

TEST(ReadDocument, GivesABlobThatHasItsDigest) {
    const auto digest = crypto::digest_of("{}").value();
    EXPECT_EQ(read_document("config", maker::disk_of("{}"), 2, 10, digest), "{}");
}

TEST(ReadDocument, RefusesABlobThatIsAnother) {
    const auto digest = crypto::digest_of("{}").value();
    const auto read = read_document("config", maker::disk_of("[]"), 2, 10, digest);
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error(), (Error{Code::data_loss, "config: its disk holds " + maker::digest_of("[]") +
                                                        ", not " + maker::digest_of("{}")}));
}

TEST(ReadDocument, RefusesMoreThanItsLimit) {
    const auto digest = crypto::digest_of("{}").value();
    EXPECT_EQ(read_document("config", maker::disk_of("{}"), 11, 10, digest).error(),
              (Error{Code::resource_exhausted, "config: 11 bytes, at most 10 are allowed"}));
}

} // namespace
} // namespace redoubt::guest::image
