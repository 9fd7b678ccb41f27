// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/containers/container_access.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <thread>

#include "common/archive/tar_format.hpp"
#include "common/base/file.hpp"
#include "tests/unit/guest-image/agent/sandbox/sandbox_fixture.hpp"

namespace redoubt::guest::sandbox {
namespace {

namespace fs = std::filesystem;
using containers::ContainerAccess;
using containers::UnpackRequest;

ContainerAccess look_into(const Sandbox& box) {
    return ContainerAccess([&box](const ContainerId& id) { return box.running_container(id); });
}

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
    const ContainerAccess access = look_into(*box_);
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
    const ContainerAccess access = look_into(*box_);
    const ContainerId id("c1");
    EXPECT_TRUE(S_ISREG(access.stat_path(id, "/way/passwd").value().mode));
    EXPECT_TRUE(S_ISDIR(access.stat_path(id, "/out/etc").value().mode)) << "its own, for there is no other";
    EXPECT_EQ(access.stat_path(id, "/out" + base_.native()).error().code, Code::not_found);
    EXPECT_EQ(access.stat_path(id, "/../../nowhere").error().message, "no '/../../nowhere' in the container");
}

TEST_F(ContainerAccessTest, MovesFilesBothWays) {
    start_one();
    ContainerAccess access = look_into(*box_);
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
    ContainerAccess access = look_into(*box_);
    EXPECT_EQ(unpack(access, {.folder = "/tmp"}, {.path = "../../evil"}).error().code,
              Code::invalid_argument);
    EXPECT_TRUE(unpack(access, {.folder = "/out"}, {.path = "here"}));
    EXPECT_TRUE(fs::exists(rootfs() / "here")) << "out of the container leads nowhere";
    EXPECT_EQ(unpack(access, {.folder = "/etc/passwd"}, {.path = "x"}).error().code, Code::invalid_argument);
}

TEST_F(ContainerAccessTest, KernelFilesAreNoData) {
    start_one();
    ContainerAccess access = look_into(*box_);
    const auto archive = archive_of(access, "/");
    EXPECT_NE(archive.find("./proc"), std::string::npos);
    EXPECT_EQ(archive.find("./proc/1"), std::string::npos);
}

TEST_F(ContainerAccessTest, TransfersEnd) {
    start_one();
    ContainerAccess access = look_into(*box_);
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
    const ContainerAccess access = look_into(*box_);
    EXPECT_EQ(access.changes(ContainerId("c1"), "").error().code, Code::failed_precondition);
}

} // namespace
} // namespace redoubt::guest::sandbox
