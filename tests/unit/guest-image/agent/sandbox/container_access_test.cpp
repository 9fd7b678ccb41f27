// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "guest-image/agent/sandbox/container_access.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <thread>

#include "common/archive/tar_format.hpp"
#include "common/base/file.hpp"
#include "tests/unit/guest-image/agent/sandbox/sandbox_fixture.hpp"

namespace redoubt::guest::sandbox {
namespace {

namespace fs = std::filesystem;

class ContainerAccessTest : public SandboxTest {
  protected:
    void start_one() {
        create_sandbox();
        auto request = request_of("c1", {"sh", "-c", "echo up; sleep 1000; true"});
        fs::create_symlink("/etc", base_ / "c1/rootfs/way");
        fs::create_symlink("../../../../../../..", base_ / "c1/rootfs/out");
        const auto made = create(std::move(request));
        ASSERT_TRUE(made) << made.error().message;
        ASSERT_TRUE(start("c1"));
        ASSERT_EQ(await(process("c1")->read(Process::Stream::output, 100)), "up\n");
    }
    std::string archive_of(ContainerAccess& access, const std::string& path) {
        const auto transfer = access.open_archive(ContainerId("c1"), path, "");
        if (!transfer) return "error: " + transfer.error().message;
        std::string all;
        while (true) {
            const auto bytes = access.read_archive(*transfer);
            if (!bytes) return "error: " + bytes.error().message;
            if (bytes->empty()) return all;
            all += *bytes;
        }
    }
    Result<std::uint64_t> unpack(ContainerAccess& access, UnpackRequest request,
                                 const archive::Entry& entry) {
        request.container = ContainerId("c1");
        RDT_TRY(const auto transfer, access.open_unpacking(request));
        RDT_CHECK(access.write_archive(transfer, archive::render_entry(entry) + archive::render_end()));
        return access.finish_unpacking(transfer);
    }
    fs::path rootfs() const { return base_ / "c1/rootfs"; }
};

TEST_F(ContainerAccessTest, ListsTheProcessesAsTheContainerSeesThem) {
    start_one();
    const ContainerAccess access(*box_);
    auto processes = access.processes(ContainerId("c1"));
    // Between fork and exec the child is still a copy of the shell.
    while (processes && (processes->size() < 2 || processes->at(1).command.front() == "sh")) {
        std::this_thread::yield();
        processes = access.processes(ContainerId("c1"));
    }
    ASSERT_TRUE(processes) << processes.error().message;
    ASSERT_EQ(processes->size(), 2U);
    EXPECT_EQ(processes->at(0).pid, 1);
    EXPECT_EQ(processes->at(0).ppid, 0);
    EXPECT_EQ(processes->at(0).user, "root");
    EXPECT_EQ(processes->at(1).ppid, 1);
    EXPECT_EQ(processes->at(1).command, (std::vector<std::string>{"sleep", "1000"}));
    EXPECT_EQ(access.processes(ContainerId("none")).error().code, Code::not_found);
}

TEST_F(ContainerAccessTest, LooksAtPathsInsideTheContainerOnly) {
    start_one();
    const ContainerAccess access(*box_);
    const ContainerId id("c1");
    EXPECT_TRUE(S_ISREG(access.stat_path(id, "/way/passwd").value().mode));
    EXPECT_TRUE(S_ISDIR(access.stat_path(id, "/out/etc").value().mode)) << "its own, for there is no other";
    EXPECT_EQ(access.stat_path(id, "/out" + base_.native()).error().code, Code::not_found);
    EXPECT_EQ(access.stat_path(id, "/../../nowhere").error().message, "no '/../../nowhere' in the container");
}

TEST_F(ContainerAccessTest, MovesFilesBothWays) {
    start_one();
    ContainerAccess access(*box_);
    const auto archive = archive_of(access, "/way/passwd");
    EXPECT_NE(archive.find("root:x:0:0"), std::string::npos);
    // A time that has nanoseconds is said in a header and a block of records before.
    EXPECT_TRUE(archive.substr(archive.starts_with("pax") ? 1024 : 0).starts_with("passwd"));
    EXPECT_EQ(unpack(access, {.folder = "/way"}, {.path = "new/motd", .mode = 04755, .uid = 55}), 1U);
    struct stat status{};
    ASSERT_EQ(::stat((rootfs() / "etc/new/motd").c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 07777U, 0755U);
    EXPECT_EQ(status.st_uid, 0U) << "it belongs to the container's user";
    EXPECT_EQ(unpack(access, {.folder = "/tmp", .keeps_owners = true}, {.path = "f", .uid = 55}), 1U);
    ASSERT_EQ(::stat((rootfs() / "tmp/f").c_str(), &status), 0);
    EXPECT_EQ(status.st_uid, 55U);
}

TEST_F(ContainerAccessTest, NoArchiveLeavesTheContainer) {
    start_one();
    ContainerAccess access(*box_);
    EXPECT_EQ(unpack(access, {.folder = "/tmp"}, {.path = "../../evil"}).error().code,
              Code::invalid_argument);
    EXPECT_TRUE(unpack(access, {.folder = "/out"}, {.path = "here"}));
    EXPECT_TRUE(fs::exists(rootfs() / "here")) << "out of the container leads nowhere";
    EXPECT_EQ(unpack(access, {.folder = "/etc/passwd"}, {.path = "x"}).error().code, Code::invalid_argument);
}

TEST_F(ContainerAccessTest, KernelFilesAreNoData) {
    start_one();
    ContainerAccess access(*box_);
    const auto archive = archive_of(access, "/");
    EXPECT_NE(archive.find("./proc"), std::string::npos);
    EXPECT_EQ(archive.find("./proc/1"), std::string::npos);
}

TEST_F(ContainerAccessTest, TransfersEnd) {
    start_one();
    ContainerAccess access(*box_);
    std::vector<std::uint64_t> open;
    for (int i = 0; i < 16; ++i) open.push_back(access.open_archive(ContainerId("c1"), "/bin", "").value());
    EXPECT_EQ(access.open_archive(ContainerId("c1"), "/bin", "").error().code, Code::resource_exhausted);
    access.close(open.front());
    access.close(open.front());
    EXPECT_EQ(access.read_archive(open.front()).error().code, Code::not_found);
    EXPECT_EQ(access.write_archive(open.back(), "x").error().code, Code::invalid_argument);
    EXPECT_TRUE(access.open_archive(ContainerId("c1"), "/bin", ""));
}

TEST_F(ContainerAccessTest, AContainerWithoutALayerOfItsOwnHasNoChanges) {
    start_one();
    const ContainerAccess access(*box_);
    EXPECT_EQ(access.changes(ContainerId("c1"), "").error().code, Code::failed_precondition);
}

TEST(ProcessList, ReadsWhatTheKernelSays) {
    const ProcessTexts texts{
        .stat = "17 (a) b (c) S 5 17 17 34816 17 0 0 0 0 0 150 50 0 0 20 -5 3 0 1000 4096 2 0 0 0",
        .status = "Name:\ta) b (c\nUid:\t1\t2\t3\t4\nGid:\t5\t6\t7\t8\nNSpid:\t17\t4\nNSpgid:\t17\t4\n",
        .command = std::string("sh\0-c\0\xff\0", 8)};
    const ProcessUnits units{.uptime_ns = 12'000'000'000, .pid_level = 1};
    const auto process = parse_process(texts, units);
    ASSERT_TRUE(process);
    EXPECT_EQ(process->guest_pid, 17);
    EXPECT_EQ(process->pid, 4);
    EXPECT_EQ(process->name, "a) b (c");
    EXPECT_EQ(process->uid, 2U);
    EXPECT_EQ(process->gid, 6U);
    EXPECT_EQ(process->terminal, "pts/0");
    EXPECT_EQ(process->cpu_time_ns, 2'000'000'000U);
    EXPECT_EQ(process->elapsed_ns, 2'000'000'000U);
    EXPECT_EQ(process->resident_bytes, 8192U);
    EXPECT_EQ(process->nice, -5);
    EXPECT_EQ(process->threads, 3U);
    EXPECT_EQ(process->command, (std::vector<std::string>{"sh", "-c", "\xff"}));
    EXPECT_FALSE(parse_process({.stat = "17 (x) S", .status = texts.status}, units));
    EXPECT_FALSE(parse_process({.stat = "", .status = ""}, units));
    EXPECT_FALSE(parse_process(texts, {.pid_level = 2})) << "the container does not see it";
}

TEST(ProcessList, KnowsUsersByName) {
    const auto names =
        user_names("root:x:0:0::/:/bin/sh\nbroken\n:::\nweb:x:101:1:::\ntwin:x:101:1:::\nbad:x:1z:\n");
    EXPECT_EQ(names.size(), 2U);
    EXPECT_EQ(names.at(101), "web");
}

class LayerChanges : public testing::Test {
  protected:
    LayerChanges() {
        std::string name = testing::TempDir() + "layers-XXXXXX";
        base_ = ::mkdtemp(name.data());
        for (const char* folder : {"top/etc", "bottom/etc", "bottom/bin", "upper"})
            fs::create_directories(base_ / folder);
    }
    ~LayerChanges() override { fs::remove_all(base_); }
    LayerChanges(const LayerChanges&) = delete;
    LayerChanges& operator=(const LayerChanges&) = delete;

    void write(const std::string& path) const {
        fs::create_directories((base_ / path).parent_path());
        std::ofstream(base_ / path) << path;
    }
    void hide(const std::string& path) const {
        fs::create_directories((base_ / path).parent_path());
        ASSERT_EQ(::mknod((base_ / path).c_str(), S_IFCHR, 0), 0);
    }
    std::string changes(const std::vector<std::string>& ignored = {}) const {
        const Container::Layers layers{.upper = base_ / "upper", .lower = {base_ / "top", base_ / "bottom"}};
        const auto all = list_changes(layers, ignored);
        if (!all) return all.error().message;
        std::string text;
        for (const auto& change : *all)
            text += std::string(1, "CAD"[static_cast<int>(change.kind)]) + change.path + " ";
        return text;
    }
    fs::path base_;
};

TEST_F(LayerChanges, TellsAddedFromChangedFromDeleted) {
    write("bottom/etc/passwd");
    write("bottom/bin/sh");
    write("bottom/etc/gone-before");
    hide("top/etc/gone-before");
    write("upper/etc/passwd");
    write("upper/etc/new");
    write("upper/etc/gone-before");
    hide("upper/bin/sh");
    hide("upper/never");
    EXPECT_EQ(changes(), "C/bin D/bin/sh C/etc A/etc/gone-before A/etc/new C/etc/passwd ");
}

TEST_F(LayerChanges, WhatTheRuntimePutThereIsNoChange) {
    write("upper/etc/hosts");
    fs::create_directories(base_ / "upper/proc");
    EXPECT_EQ(changes({"/etc/hosts", "/proc"}), "");
    fs::permissions(base_ / "upper/etc", fs::perms(0700));
    EXPECT_EQ(changes({"/etc/hosts", "/proc"}), "C/etc ");
}

TEST_F(LayerChanges, ComeInAnOrderInWhichOneCanGoOn) {
    write("upper/a/b");
    write("upper/a-b");
    EXPECT_EQ(changes(), "A/a A/a/b A/a-b ");
    EXPECT_TRUE(is_behind("/a/b", "/a"));
    EXPECT_TRUE(is_behind("/a-b", "/a/b"));
    EXPECT_FALSE(is_behind("/a", "/a"));
}

} // namespace
} // namespace redoubt::guest::sandbox
