// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/storage/blob_reader.hpp"

#include <gtest/gtest.h>

#include "tests/unit/node-daemon/storage/tar_builder.hpp"
#include "tests/unit/node-daemon/storage/temporary_folder.hpp"

namespace redoubt::node::storage {
namespace {

Result<std::string> read_blob(std::string_view blob) {
    const test::TemporaryFolder folder;
    RDT_TRY(auto reader, BlobReader::open(folder.file("blob", blob)));
    std::string all;
    for (;;) {
        RDT_TRY(const auto bytes, reader.read());
        if (bytes.empty()) break;
        all += bytes;
    }
    EXPECT_EQ(reader.consumed(), blob.size());
    return all;
}

const std::string k_bytes = test::noise(700'000) + std::string(3'000'000, 'a');

TEST(BlobReader, ReadsPlainGzipAndZstd) {
    EXPECT_EQ(read_blob(k_bytes).value() == k_bytes, true);
    EXPECT_EQ(read_blob(test::gzip(k_bytes)).value() == k_bytes, true);
    EXPECT_EQ(read_blob(test::zstd(k_bytes)).value() == k_bytes, true);
    EXPECT_EQ(read_blob(""), "");
}

TEST(BlobReader, ReadsSeveralMembersAndFrames) {
    EXPECT_EQ(read_blob(test::gzip("one ") + test::gzip("") + test::gzip("two")), "one two");
    EXPECT_EQ(read_blob(test::zstd("one ") + test::zstd("") + test::zstd("two")), "one two");
}

TEST(BlobReader, ACutStreamEndsEarly) {
    for (const auto& [blob, name] : {std::pair{test::gzip(k_bytes), "gzip"}, {test::zstd(k_bytes), "zstd"}})
        for (const auto size : {blob.size() - 1, blob.size() / 2, std::size_t{6}})
            EXPECT_EQ(read_blob(blob.substr(0, size)).error(),
                      (Error{Code::data_loss, std::format("the {} stream ends early", name)}))
                << size;
}

TEST(BlobReader, ADamagedStreamIsNamed) {
    auto blob = test::gzip(k_bytes);
    blob[blob.size() - 6] = static_cast<char>(blob[blob.size() - 6] ^ 1); // in the checksum
    EXPECT_EQ(read_blob(blob).error(),
              (Error{Code::data_loss, "the gzip stream is damaged: incorrect data check"}));
    blob = test::zstd(k_bytes);
    blob[9] = static_cast<char>(blob[9] ^ 0x7f);
    EXPECT_EQ(read_blob(blob).error().code, Code::data_loss);
}

TEST(BlobReader, ForeignBytesBehindGzipAreRefused) {
    EXPECT_EQ(read_blob(test::gzip("one") + "rest").error(),
              (Error{Code::data_loss, "there are foreign bytes behind the gzip stream"}));
}

TEST(BlobReader, AMissingBlobIsNamed) {
    EXPECT_EQ(BlobReader::open("/nonexistent/blob").error().message,
              "open /nonexistent/blob: No such file or directory");
}

} // namespace
} // namespace redoubt::node::storage
