// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "guest-image/agent/mount/storage_mounter.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

namespace redoubt::guest::mount {
namespace {

namespace fs = std::filesystem;

class StorageMounterTest : public testing::Test {
  protected:
    StorageMounterTest() {
        std::string name = "/tmp/mounter-XXXXXX";
        base_ = ::mkdtemp(name.data());
        mounter_ =
            std::make_unique<StorageMounter>(*StorageMounter::open(base_, std::chrono::milliseconds(50)));
    }
    ~StorageMounterTest() override {
        mounter_->release_all();
        fs::remove_all(base_);
    }
    StorageMounterTest(const StorageMounterTest&) = delete;
    StorageMounterTest& operator=(const StorageMounterTest&) = delete;

    Status acquire(Storage storage) { return run(mounter_->acquire(std::move(storage))); }
    Status run(Task<void> task) {
        Status outcome;
        asio::co_spawn(io_, std::move(task), [&](std::exception_ptr, Status done) { outcome = done; });
        io_.restart();
        io_.run();
        return outcome;
    }
    [[nodiscard]] std::string in_base(const std::string& path) const { return (base_ / path).native(); }
    [[nodiscard]] static long type_of(const std::string& path) {
        struct statfs status{};
        return ::statfs(path.c_str(), &status) == 0 ? static_cast<long>(status.f_type) : -1;
    }
    static constexpr long k_overlay = 0x794c7630;

    fs::path base_;
    asio::io_context io_;
    std::unique_ptr<StorageMounter> mounter_;
};

TEST_F(StorageMounterTest, MountsATmpfsWithItsSizeAndTakesItAway) {
    ASSERT_TRUE(acquire(
        {.driver = "ephemeral", .fstype = "tmpfs", .options = {"size=1m"}, .mount_point = in_base("a/shm")}));
    struct statfs status{};
    ASSERT_EQ(::statfs(in_base("a/shm").c_str(), &status), 0);
    EXPECT_EQ(static_cast<std::uint64_t>(status.f_bsize) * status.f_blocks, 1U << 20U);
    ASSERT_TRUE(mounter_->release(in_base("a/shm")));
    EXPECT_NE(type_of(in_base("a/shm")), -1);
    EXPECT_TRUE(fs::is_empty(in_base("a/shm")));
}

TEST_F(StorageMounterTest, AMountPointLivesAsLongAsItsLastUser) {
    const Storage storage{.driver = "ephemeral", .mount_point = in_base("shared"), .is_shared = true};
    ASSERT_TRUE(acquire(storage));
    std::ofstream(base_ / "shared/file") << "x";
    ASSERT_TRUE(acquire(storage));
    ASSERT_TRUE(mounter_->release(in_base("shared")));
    EXPECT_TRUE(fs::exists(base_ / "shared/file"));
    ASSERT_TRUE(mounter_->release(in_base("shared")));
    EXPECT_FALSE(fs::exists(base_ / "shared/file"));
    EXPECT_EQ(mounter_->release(in_base("shared")).error().code, Code::not_found);
}

TEST_F(StorageMounterTest, OverlaysMoreLayersThanOnePageOfOptionsHolds) {
    // The upper layer of an overlay may not itself be an overlay, as this test's /tmp might be.
    ASSERT_TRUE(acquire({.driver = "ephemeral", .mount_point = in_base("c")}));
    std::string lower;
    for (int i = 0; i < 60; ++i) {
        const auto name = std::string(80, 'l') + std::to_string(i);
        fs::create_directories(base_ / "c" / name);
        std::ofstream(base_ / "c" / name / "top") << i;
        lower += (i == 0 ? "" : ":") + in_base("c/" + name);
    }
    ASSERT_GT(lower.size(), 4096U);
    const auto mounted = acquire(
        {.driver = "overlayfs",
         .source = "overlay",
         .fstype = "overlay",
         .options = {"lowerdir=" + lower, "upperdir=" + in_base("c/up"), "workdir=" + in_base("c/work")},
         .mount_point = in_base("c/rootfs")});
    ASSERT_TRUE(mounted) << mounted.error().message;
    EXPECT_EQ(type_of(in_base("c/rootfs")), k_overlay);
    std::string top;
    std::ifstream(base_ / "c/rootfs/top") >> top;
    EXPECT_EQ(top, "0");
    std::ofstream(base_ / "c/rootfs/new") << "x";
    EXPECT_TRUE(fs::exists(base_ / "c/up/new"));
}

TEST_F(StorageMounterTest, RefusesEveryPathOutsideOfItsFolder) {
    for (const auto& bad :
         std::vector<std::string>{"/etc/x", in_base("../x"), in_base("a/../../x"), base_.native(), "a"}) {
        const auto made = acquire({.driver = "ephemeral", .mount_point = bad});
        ASSERT_FALSE(made) << bad;
        EXPECT_EQ(made.error().code, Code::invalid_argument) << bad;
    }
    fs::create_directories(base_ / "c");
    EXPECT_FALSE(acquire({.driver = "bind", .source = "/etc", .mount_point = in_base("c/x")}));
    EXPECT_FALSE(
        acquire({.driver = "overlayfs", .options = {"lowerdir=/etc"}, .mount_point = in_base("c/y")}));
}

TEST_F(StorageMounterTest, FollowsNoLinkOutOfItsFolder) {
    fs::create_directory_symlink("/tmp", base_ / "out");
    EXPECT_FALSE(acquire({.driver = "ephemeral", .mount_point = in_base("out/stolen")}));
    EXPECT_FALSE(fs::exists("/tmp/stolen"));
    EXPECT_FALSE(acquire({.driver = "bind", .source = in_base("out"), .mount_point = in_base("in")}));
}

TEST_F(StorageMounterTest, BindsReadOnly) {
    fs::create_directories(base_ / "from");
    ASSERT_TRUE(acquire({.driver = "bind",
                         .source = in_base("from"),
                         .options = {"bind", "ro"},
                         .mount_point = in_base("to")}));
    EXPECT_FALSE(std::ofstream(base_ / "to/file").is_open());
}

TEST_F(StorageMounterTest, NamesTheDriverItDoesNotHave) {
    const auto made = acquire({.driver = "virtio-fs", .mount_point = in_base("v")});
    ASSERT_FALSE(made);
    EXPECT_EQ(made.error().code, Code::unimplemented);
    EXPECT_TRUE(made.error().message.contains("storage driver 'virtio-fs' is not implemented"))
        << made.error().message;
}

TEST_F(StorageMounterTest, GivesUpOnADiskThatNeverComes) {
    const auto made =
        acquire({.driver = "scsi", .source = "7:777", .fstype = "erofs", .mount_point = in_base("d")});
    ASSERT_FALSE(made);
    EXPECT_EQ(made.error().code, Code::deadline_exceeded);
    EXPECT_TRUE(made.error().message.contains("SCSI disk 7:777 did not appear within 50 ms"))
        << made.error().message;
}

TEST_F(StorageMounterTest, AVolumeInMemoryBelongsToItsGroup) {
    ASSERT_TRUE(acquire({.driver = "ephemeral", .options = {"fsgid=1234"}, .mount_point = in_base("e")}));
    ASSERT_TRUE(
        acquire({.driver = "local", .options = {"fsgid=1235", "mode=0750"}, .mount_point = in_base("l")}));
    struct stat status{};
    ASSERT_EQ(::stat(in_base("e").c_str(), &status), 0);
    EXPECT_EQ(status.st_gid, 1234U);
    EXPECT_TRUE((status.st_mode & S_ISGID) != 0);
    ASSERT_EQ(::stat(in_base("l").c_str(), &status), 0);
    EXPECT_EQ(status.st_gid, 1235U);
    EXPECT_EQ(status.st_mode & 07777, 02750U);
    for (const char* bad : {"fsgid=", "fsgid=x", "fsgid=-1", "fsgid=4294967295"})
        EXPECT_EQ(acquire({.driver = "local", .options = {bad}, .mount_point = in_base("x")}).error().code,
                  Code::invalid_argument)
            << bad;
}

TEST_F(StorageMounterTest, GivesAllOfAVolumeToItsGroupButFollowsNoLink) {
    fs::create_directories(base_ / "v/deep/er");
    std::ofstream(base_ / "v/deep/file") << "x";
    std::ofstream(base_ / "outside") << "x";
    fs::create_symlink(base_ / "outside", base_ / "v/link");
    ASSERT_TRUE(acquire({.driver = "bind",
                         .source = in_base("v"),
                         .mount_point = in_base("m"),
                         .fs_group = FsGroup{.gid = 4321}}));
    struct stat status{};
    for (const char* path : {"m", "m/deep", "m/deep/er"}) {
        ASSERT_EQ(::stat(in_base(path).c_str(), &status), 0);
        EXPECT_EQ(status.st_gid, 4321U) << path;
        EXPECT_EQ(status.st_mode & 07777, 02775U) << path;
    }
    ASSERT_EQ(::stat(in_base("m/deep/file").c_str(), &status), 0);
    EXPECT_EQ(status.st_gid, 4321U);
    EXPECT_EQ(status.st_mode & 07777, 0664U);
    ASSERT_EQ(::stat(in_base("outside").c_str(), &status), 0);
    EXPECT_EQ(status.st_gid, 0U);
}

TEST_F(StorageMounterTest, LooksAtTheRootAloneWhenToldSo) {
    fs::create_directories(base_ / "v");
    std::ofstream(base_ / "v/file") << "x";
    ASSERT_EQ(::chown(in_base("v").c_str(), 0, 4321), 0);
    ASSERT_EQ(::chmod(in_base("v").c_str(), 02775), 0);
    Storage storage{.driver = "bind", .source = in_base("v"), .mount_point = in_base("m")};
    storage.fs_group = FsGroup{.gid = 4321, .policy = FsGroup::Policy::on_root_mismatch};
    ASSERT_TRUE(acquire(storage));
    struct stat status{};
    ASSERT_EQ(::stat(in_base("v/file").c_str(), &status), 0);
    EXPECT_EQ(status.st_gid, 0U);
    storage.mount_point = in_base("n");
    storage.fs_group->policy = FsGroup::Policy::always;
    ASSERT_TRUE(acquire(storage));
    ASSERT_EQ(::stat(in_base("v/file").c_str(), &status), 0);
    EXPECT_EQ(status.st_gid, 4321U);
    storage.mount_point = in_base("o");
    storage.fs_group->gid = ~0U;
    EXPECT_EQ(acquire(storage).error().code, Code::invalid_argument);
    EXPECT_FALSE(mounter_->release(in_base("o")));
}

TEST_F(StorageMounterTest, ChangesTheSizeOfWhatIsMounted) {
    ASSERT_TRUE(acquire({.driver = "ephemeral", .options = {"size=1m"}, .mount_point = in_base("shm")}));
    ASSERT_TRUE(acquire({.driver = "local", .mount_point = in_base("local")}));
    const auto updated = mounter_->update(
        {.driver = "ephemeral", .options = {"size=3m", "fsgid=7"}, .mount_point = in_base("shm")});
    ASSERT_TRUE(updated) << updated.error().message;
    struct statfs status{};
    ASSERT_EQ(::statfs(in_base("shm").c_str(), &status), 0);
    EXPECT_EQ(static_cast<std::uint64_t>(status.f_bsize) * status.f_blocks, 3U << 20U);
    EXPECT_EQ(mounter_->update({.driver = "ephemeral", .mount_point = in_base("no")}).error().code,
              Code::not_found);
    EXPECT_EQ(mounter_->update({.driver = "ephemeral", .mount_point = in_base("local")}).error().code,
              Code::invalid_argument);
    EXPECT_EQ(mounter_->update({.driver = "local", .mount_point = in_base("local")}).error().code,
              Code::invalid_argument);
    EXPECT_FALSE(
        mounter_->update({.driver = "ephemeral", .options = {"size=much"}, .mount_point = in_base("shm")}));
}

TEST_F(StorageMounterTest, TwoAtOnceMakeAStorageOnce) {
    const Storage storage{
        .driver = "scsi", .source = "7:777", .fstype = "erofs", .mount_point = in_base("d")};
    int failed = 0;
    for (int i = 0; i < 2; ++i)
        asio::co_spawn(io_, mounter_->acquire(storage),
                       [&](std::exception_ptr, const Status& done) { failed += done ? 0 : 1; });
    const Storage tmpfs{.driver = "ephemeral", .mount_point = in_base("t")};
    for (int i = 0; i < 2; ++i)
        asio::co_spawn(io_, mounter_->acquire(tmpfs), [](std::exception_ptr, const Status&) {});
    io_.restart();
    io_.run();
    EXPECT_EQ(failed, 2);
    EXPECT_TRUE(mounter_->release(in_base("t")));
    EXPECT_TRUE(mounter_->release(in_base("t")));
    EXPECT_FALSE(mounter_->release(in_base("t")));
}

TEST_F(StorageMounterTest, CopiesWhatIsWatchedAndBindsWhatIsTooLargeForIt) {
    fs::create_directories(base_ / "small");
    std::ofstream(base_ / "small/key") << "value";
    ASSERT_TRUE(
        acquire({.driver = "watchable-bind", .source = in_base("small"), .mount_point = in_base("w")}));
    std::string text;
    std::ifstream(base_ / "w/key") >> text;
    EXPECT_EQ(text, "value");
    EXPECT_FALSE(fs::equivalent(base_ / "w/key", base_ / "small/key"));
    ASSERT_TRUE(mounter_->release(in_base("w")));
    EXPECT_TRUE(fs::is_empty(base_ / "w"));
    fs::create_directories(base_ / "large");
    for (int i = 0; i < 20; ++i) std::ofstream(base_ / "large" / std::to_string(i)) << i;
    ASSERT_TRUE(
        acquire({.driver = "watchable-bind", .source = in_base("large"), .mount_point = in_base("b")}));
    EXPECT_TRUE(fs::equivalent(base_ / "b/7", base_ / "large/7"));
}

TEST_F(StorageMounterTest, NeverMountsUncheckedWhatWasToBeChecked) {
    const auto refused = [&](std::vector<std::string> driver_options, std::vector<std::string> options) {
        const auto made = acquire({.driver = "scsi",
                                   .driver_options = std::move(driver_options),
                                   .source = "0:1",
                                   .fstype = "erofs",
                                   .options = std::move(options),
                                   .mount_point = in_base("d")});
        return made ? Code::unknown : made.error().code;
    };
    EXPECT_EQ(refused({"verity_salt="}, {}), Code::not_found);
    EXPECT_EQ(refused({}, {"X-kata.dmverity-enabled=true"}), Code::not_found);
    EXPECT_EQ(refused({}, {"X-kata.dmverity-enabled=false", "X-kata.dmverity.roothash=aa"}),
              Code::invalid_argument);
    EXPECT_EQ(refused({}, {"X-kata.dmverity.roothash=aa", "X-kata.dmverity.new-word=1"}),
              Code::unimplemented);
    EXPECT_EQ(refused({"encryption_key=brokered"}, {}), Code::unimplemented);
    EXPECT_EQ(refused({"encryption_key=kbs:///a/b/c"}, {}), Code::unimplemented);
    EXPECT_EQ(refused({"create_filesystem"}, {}), Code::unimplemented);
    EXPECT_EQ(refused({}, {"X-kata.unheard-of=1"}), Code::unimplemented);
    EXPECT_EQ(refused({}, {"X-kata.partition-number=1"}), Code::invalid_argument);
    EXPECT_EQ(
        acquire({.driver = "ephemeral", .driver_options = {"x"}, .mount_point = in_base("e")}).error().code,
        Code::unimplemented);
}

/// One that is never asked: what is refused is refused before.
class UnusedKey final : public VolumeKey {
  public:
    Result<std::string> seal(std::string_view /*salt*/, std::string_view /*bytes*/) const override {
        return fail(Code::internal, "asked for a seal");
    }
    Status check_seal(std::string_view /*salt*/, std::string_view /*bytes*/,
                      std::string_view /*seal*/) const override {
        return fail(Code::internal, "asked about a seal");
    }
    Result<std::string> disk_key(std::string_view /*salt*/) const override {
        return fail(Code::internal, "asked for a key");
    }
};

TEST_F(StorageMounterTest, AKeyOpensTheVolumeItWasAskedForAndNothingElse) {
    const UnusedKey key;
    const auto refused = [&](std::vector<std::string> driver_options, const char* fstype = "ext4") {
        const auto made = run(mounter_->acquire_kept({.driver = "scsi",
                                                      .driver_options = std::move(driver_options),
                                                      .source = "0:1",
                                                      .fstype = fstype,
                                                      .mount_point = in_base("v")},
                                                     key));
        return made ? Code::unknown : made.error().code;
    };
    EXPECT_EQ(refused({}), Code::not_found) << "never in the clear";
    EXPECT_EQ(refused({"encryption_key=ephemeral"}), Code::unimplemented);
    EXPECT_EQ(refused({"encryption_key=kbs:///a/b/c", "encryption_key=kbs:///a/b/c"}),
              Code::invalid_argument);
    EXPECT_EQ(refused({"encryption_key=kbs:///a/b/c"}, "erofs"), Code::invalid_argument);
    ASSERT_TRUE(acquire({.driver = "local", .mount_point = in_base("v")}));
    EXPECT_EQ(refused({"encryption_key=kbs:///a/b/c"}), Code::already_exists);
}

TEST(KeyOfVolume, IsWhatItsDriverOptionSays) {
    const Storage kept{.driver = "scsi", .driver_options = {"x", "encryption_key=kbs:///a/b/c"}};
    EXPECT_EQ(key_of_volume(kept), "kbs:///a/b/c");
    for (const char* word : {"encryption_key=ephemeral", "encryption_key", "kbs:///a/b/c", ""})
        EXPECT_FALSE(key_of_volume({.driver = "scsi", .driver_options = {word}})) << word;
}

TEST_F(StorageMounterTest, RefusesWordsThatCannotBeMeant) {
    using namespace std::string_literals;
    EXPECT_EQ(acquire({.driver = "local", .mount_point = in_base("a\0b"s)}).error().code,
              Code::invalid_argument);
    EXPECT_EQ(acquire({.driver = "local", .mount_point = in_base(std::string(5000, 'x'))}).error().code,
              Code::invalid_argument);
    Storage storage{.driver = "local", .mount_point = in_base("x")};
    storage.options.assign(300, "ro");
    EXPECT_EQ(acquire(storage).error().code, Code::invalid_argument);
}

TEST_F(StorageMounterTest, MakesTheFoldersThatAnOverlayIsToFind) {
    ASSERT_TRUE(acquire({.driver = "ephemeral", .mount_point = in_base("c")}));
    fs::create_directories(base_ / "c/low");
    const auto mounted = acquire(
        {.driver = "overlayfs",
         .options = {"lowerdir=" + in_base("c/low"), "upperdir=" + in_base("c/up"),
                     "workdir=" + in_base("c/work"), "X-kata.mkdir.path=" + in_base("c/up") + ":0711"},
         .mount_point = in_base("c/root")});
    ASSERT_TRUE(mounted) << mounted.error().message;
    EXPECT_EQ(fs::status(base_ / "c/up").permissions(), static_cast<fs::perms>(0711));
    EXPECT_FALSE(acquire({.driver = "overlayfs",
                          .options = {"lowerdir=" + in_base("c/low"), "X-kata.mkdir.path=/etc/x"},
                          .mount_point = in_base("c/other")}));
}

} // namespace
} // namespace redoubt::guest::mount
