// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/storage/layer_store.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <thread>
#include <utility>

#include <boost/asio/io_context.hpp>

#include "common/base/file.hpp"
#include "tests/unit/node-daemon/storage/tar_builder.hpp"
#include "tests/unit/node-daemon/storage/temporary_folder.hpp"

namespace redoubt::node::storage {
namespace {

class LayerStoreTest : public testing::Test {
  protected:
    /// Starts a conversion; its result is there when run() returns.
    void start(LayerStore& store, const LayerSource& source, Result<launch::LayerDisk>& result,
               Progress progress = {}) {
        asio::co_spawn(
            context_,
            [](LayerStore& target, LayerSource layer, Result<launch::LayerDisk>& to,
               Progress report) -> asio::awaitable<void> {
                to = co_await target.convert(std::move(layer), std::move(report));
            }(store, source, result, std::move(progress)),
            [](std::exception_ptr error) { EXPECT_FALSE(error); });
    }
    Result<launch::LayerDisk> convert(LayerStore& store, const LayerSource& source, Progress progress = {}) {
        Result<launch::LayerDisk> result = fail(Code::unknown, "not run");
        start(store, source, result, std::move(progress));
        run();
        return result;
    }
    void run() {
        context_.run();
        context_.restart();
    }
    [[nodiscard]] LayerSource source_of(const std::string& tar) const {
        return {.blob = folder_.file("blob", test::gzip(tar)),
                .diff_id = crypto::digest_of(tar).value().str()};
    }

    test::TemporaryFolder folder_;
    asio::io_context context_;
    asio::thread_pool pool_{2};
    std::filesystem::path directory_ = folder_.path() / "layers";
    LayerStore store_{directory_, pool_};
    std::string tar_ = test::tar_of(test::sample_layer());
};

TEST_F(LayerStoreTest, ConvertsFindsListsAndRemoves) {
    const auto source = source_of(tar_);
    EXPECT_FALSE(store_.find(source.diff_id));
    EXPECT_TRUE(store_.list().empty());
    const auto disk = convert(store_, source).value();
    EXPECT_EQ(disk.file, directory_ / "redoubt-erofs-1/sha256" / source.diff_id.substr(7) / "layer.img");
    const auto found = store_.find(source.diff_id).value();
    EXPECT_EQ(found.file, disk.file);
    EXPECT_EQ(found.root_hash, disk.root_hash);
    EXPECT_EQ(found.size_bytes, std::filesystem::file_size(disk.file));
    EXPECT_EQ(store_.list(), std::vector<std::string>{source.diff_id});
    EXPECT_TRUE(store_.remove(source.diff_id));
    EXPECT_TRUE(store_.remove(source.diff_id));
    EXPECT_FALSE(store_.find(source.diff_id));
    EXPECT_EQ(test::contents_of(directory_),
              (std::vector<std::string>{"redoubt-erofs-1", "redoubt-erofs-1/sha256"}));
}

TEST_F(LayerStoreTest, AConvertedLayerNeedsNoBlob) {
    auto source = source_of(tar_);
    const auto first = convert(store_, source).value();
    source.blob = "/nonexistent";
    EXPECT_EQ(convert(store_, source).value().root_hash, first.root_hash);
}

TEST_F(LayerStoreTest, TwoCallersAtOnceShareOneConversion) {
    const auto source = source_of(tar_);
    Result<launch::LayerDisk> one = fail(Code::unknown, "not run");
    auto two = one;
    start(store_, source, one);
    start(store_, {.blob = "/nonexistent", .diff_id = source.diff_id}, two); // would fail by itself
    run();
    ASSERT_TRUE(one && two);
    EXPECT_EQ(one->root_hash, two->root_hash);
}

TEST_F(LayerStoreTest, ProgressIsReportedOnTheMainStrand) {
    const auto tar = test::tar_of({{.path = "f", .data = test::noise(5'000'000)}});
    std::vector<std::uint64_t> reports;
    const auto main = std::this_thread::get_id();
    ASSERT_TRUE(convert(store_, source_of(tar), [&](std::uint64_t done) {
        EXPECT_TRUE(std::this_thread::get_id() == main);
        reports.push_back(done);
    }));
    EXPECT_GE(reports.size(), 3U);
    EXPECT_TRUE(std::ranges::is_sorted(reports));
}

TEST_F(LayerStoreTest, AFailureLeavesNothingAndTheNextTryWorks) {
    auto source = source_of(tar_);
    const auto good = source.blob;
    const auto bytes = read_file(good).value();
    source.blob = folder_.file("cut", bytes.substr(0, bytes.size() / 2));
    EXPECT_EQ(convert(store_, source).error(),
              (Error{Code::data_loss, "convert layer " + source.diff_id + ": the gzip stream ends early"}));
    EXPECT_EQ(test::contents_of(directory_),
              (std::vector<std::string>{"redoubt-erofs-1", "redoubt-erofs-1/sha256"}));
    source.blob = good;
    EXPECT_TRUE(convert(store_, source));
}

TEST_F(LayerStoreTest, ADamagedLayerIsNotFoundAndConvertedAnew) {
    const auto source = source_of(tar_);
    const auto disk = convert(store_, source).value();
    std::filesystem::resize_file(disk.file, 100);
    EXPECT_FALSE(store_.find(source.diff_id));
    EXPECT_TRUE(convert(store_, source));
    EXPECT_TRUE(store_.find(source.diff_id));
}

TEST_F(LayerStoreTest, RemovesWhatAnInterruptedConversionLeft) {
    const auto source = source_of(tar_);
    ASSERT_TRUE(convert(store_, source));
    std::filesystem::create_directories(directory_ / "redoubt-erofs-1/tmp-abc/x");
    store_.remove_leftovers();
    EXPECT_FALSE(std::filesystem::exists(directory_ / "redoubt-erofs-1/tmp-abc"));
    EXPECT_TRUE(store_.find(source.diff_id));
}

TEST_F(LayerStoreTest, RefusesADiffIdThatIsNone) {
    EXPECT_EQ(convert(store_, {.blob = "", .diff_id = "../x"}).error().message,
              "digest '../x': not of the form algorithm:hex");
    EXPECT_FALSE(store_.find("../x"));
    EXPECT_FALSE(store_.remove("../x"));
}

/// A file system that is soon full; skipped where mounting is not possible.
class FullDisk : public LayerStoreTest {
  protected:
    void TearDown() override { unmount(); }
    bool mount(std::string_view size) {
        std::filesystem::create_directories(small_);
        is_mounted_ =
            test::run(std::format("mount -t tmpfs -o size={} none {} 2>&1", size, small_.native())).status ==
            0;
        return is_mounted_;
    }
    void unmount() {
        if (!std::exchange(is_mounted_, false)) return;
        EXPECT_EQ(test::run("umount " + small_.native()).status, 0);
    }

    std::filesystem::path small_ = folder_.path() / "small";
    bool is_mounted_ = false;
};

TEST_F(FullDisk, NamesTheFolderAndLeavesNothing) {
    if (!mount("600k")) GTEST_SKIP() << "cannot mount";
    LayerStore store(small_, pool_);
    // The first does not fit uncompressed; the second does, but not with what mkfs.erofs needs beside it.
    for (const auto size : {900'000U, 400'000U}) {
        const auto result =
            convert(store, source_of(test::tar_of({{.path = "f", .data = test::noise(size)}})));
        ASSERT_FALSE(result);
        EXPECT_EQ(result.error().code, Code::resource_exhausted);
        EXPECT_TRUE(result.error().message.contains((small_ / "redoubt-erofs-1").native()))
            << result.error().message;
        EXPECT_TRUE(result.error().message.ends_with("No space left on device")) << result.error().message;
        EXPECT_EQ(test::contents_of(small_),
                  (std::vector<std::string>{"redoubt-erofs-1", "redoubt-erofs-1/sha256"}));
    }
}

TEST_F(FullDisk, NeverGivesAnImageWithHoles) {
    std::vector<test::TarItem> items;
    for (int i = 0; i < 60; ++i)
        items.push_back(
            {.path = std::format("f{}", i), .data = test::noise(3000U + static_cast<unsigned>(i))});
    const auto source = source_of(test::tar_of(items));
    const auto whole = convert(store_, source).value();
    int failures = 0;
    for (int size = 320; size <= 1024; size += 32) {
        if (!mount(std::format("{}k", size))) GTEST_SKIP() << "cannot mount";
        LayerStore store(small_, pool_);
        const auto result = convert(store, source);
        if (result) {
            EXPECT_EQ(result->root_hash, whole.root_hash) << size;
        } else {
            EXPECT_EQ(result.error().code, Code::resource_exhausted)
                << size << ": " << result.error().message;
            ++failures;
        }
        unmount();
    }
    EXPECT_GT(failures, 3); // at every stage
}

} // namespace
} // namespace redoubt::node::storage
