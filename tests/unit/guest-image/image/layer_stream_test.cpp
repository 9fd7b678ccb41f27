// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "guest-image/image/layer_stream.hpp"

#include <gtest/gtest.h>

#include <random>

#include "tests/unit/guest-image/image/image_maker.hpp"

namespace redoubt::guest::image {
namespace {

oci::Descriptor descriptor_of(const std::string& blob) {
    return {.media_type = std::string(maker::k_layer),
            .digest = crypto::digest_of(blob).value(),
            .size = blob.size()};
}

template <class Work>
Status run_to_end(Work work) {
    for (;;) {
        RDT_TRY(const bool is_complete, work.step());
        if (is_complete) return {};
    }
}

/// What does not compress.
std::string random_bytes(std::size_t size) {
    std::mt19937 generator(1);
    std::string bytes(size, '\0');
    for (auto& byte : bytes) byte = static_cast<char>(generator());
    return bytes;
}

std::string content_of(int file) {
    std::string bytes(1U << 20U, '\0');
    const auto size = ::pread(file, bytes.data(), bytes.size(), 0);
    bytes.resize(size < 0 ? 0 : static_cast<std::size_t>(size));
    return bytes;
}

Result<std::string> read_all(LayerStream stream, std::uint64_t most = 1U << 30U) {
    std::string bytes;
    for (;;) {
        RDT_TRY(const auto piece, stream.read(most));
        if (piece.empty()) return bytes;
        bytes += piece;
    }
}

TEST(LayerCopy, TakesABlobThatHasItsDigest) {
    const std::string blob(600'000, 'b');
    const auto spool = maker::file_of("");
    EXPECT_TRUE(run_to_end(LayerCopy::begin(descriptor_of(blob), maker::disk_of(blob), spool.get()).value()));
    EXPECT_EQ(content_of(spool.get()), blob);
}

TEST(LayerCopy, RefusesAFlippedByteAndSaysWhatItFound) {
    std::string blob(600'000, 'b');
    const auto wanted = descriptor_of(blob);
    blob[599'999] = 'c';
    const auto spool = maker::file_of("");
    const auto copied = run_to_end(LayerCopy::begin(wanted, maker::disk_of(blob), spool.get()).value());
    ASSERT_FALSE(copied);
    EXPECT_EQ(copied.error(), (Error{Code::data_loss, "its disk holds " + maker::digest_of(blob) + ", not " +
                                                          wanted.digest.str()}));
}

TEST(LayerCopy, TakesAnEncryptedBlobAsItIs) {
    const auto layer = maker::encrypted_layer(maker::make_tar("a", "secret"));
    const auto spool = maker::file_of("");
    EXPECT_TRUE(run_to_end(
        LayerCopy::begin(descriptor_of(layer.blob), maker::disk_of(layer.blob), spool.get()).value()));
    EXPECT_EQ(content_of(spool.get()), layer.blob);
}

TEST(LayerDecryption, DecryptsAFileInItsPlaceAndChecksTheHmac) {
    // More than one piece, and not a whole number of them.
    const auto tar = maker::make_tar("a", random_bytes(300'001));
    const auto layer = maker::encrypted_layer(tar);
    auto seal = oci::encryption::parse_layer_seal(layer.annotations).value();
    const auto key = oci::encryption::unwrap_layer_key(seal.packets[0], maker::wrapping_key()).value();
    const auto spool = maker::file_of(layer.blob);
    ASSERT_TRUE(run_to_end(
        LayerDecryption(spool.get(), oci::encryption::LayerDecryptor::make(key, seal.hmac).value())));
    EXPECT_EQ(content_of(spool.get()), maker::gzip(tar));

    seal.hmac[0] = static_cast<char>(seal.hmac[0] ^ 1);
    const auto other = maker::file_of(layer.blob);
    EXPECT_EQ(run_to_end(
                  LayerDecryption(other.get(), oci::encryption::LayerDecryptor::make(key, seal.hmac).value()))
                  .error(),
              (Error{Code::data_loss, "the HMAC does not fit: bytes are missing or were changed"}));
}

TEST(LayerStream, UncompressesWhatIsCompressed) {
    const std::string text(500'000, 't');
    const auto plain = maker::file_of(text);
    const auto packed = maker::file_of(maker::gzip(text));
    EXPECT_EQ(read_all(LayerStream(plain.get())), text);
    EXPECT_EQ(read_all(LayerStream(packed.get())), text);
}

TEST(LayerStream, RefusesABombBeforeItIsUncompressed) {
    const auto bomb = maker::file_of(maker::gzip(std::string(5'000'000, '\0')));
    const auto read = read_all(LayerStream(bomb.get()), 1'000'000);
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error(), (Error{Code::resource_exhausted, "more than 1000000 bytes when uncompressed"}));
}

TEST(LayerStream, SaysWhenTheStreamEndsEarly) {
    const auto packed = maker::gzip("text");
    const auto file = maker::file_of(packed.substr(0, packed.size() - 3));
    EXPECT_EQ(read_all(LayerStream(file.get())).error(),
              (Error{Code::data_loss, "the gzip stream ends early"}));
}

} // namespace
} // namespace redoubt::guest::image
