// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "guest-image/policy/message_table.hpp"

namespace redoubt::guest::policy {
namespace {

// Source: common/contracts/proto/config_document.proto, container_access.proto.
// clang-format off
constexpr Field k_config_file_fields[] = {
    {1, "path", Kind::text, Shape::single, nullptr},
    {2, "mode", Kind::uint32, Shape::single, nullptr},
    {3, "data", Kind::content, Shape::single, nullptr},
};
constexpr Message k_config_file{"ConfigFile", k_config_file_fields};

constexpr Field k_put_document_request_fields[] = {
    {1, "name", Kind::text, Shape::single, nullptr},
    {2, "files", Kind::message, Shape::repeated, &k_config_file},
};
constexpr Message k_put_document_request{"PutDocumentRequest", k_put_document_request_fields};

constexpr Field k_list_processes_request_fields[] = {
    {1, "container_id", Kind::text, Shape::single, nullptr},
};
constexpr Message k_list_processes_request{"ListProcessesRequest", k_list_processes_request_fields};

constexpr Field k_list_changes_request_fields[] = {
    {1, "container_id", Kind::text, Shape::single, nullptr},
    {2, "after", Kind::bytes, Shape::single, nullptr},
};
constexpr Message k_list_changes_request{"ListChangesRequest", k_list_changes_request_fields};

constexpr Field k_stat_path_request_fields[] = {
    {1, "container_id", Kind::text, Shape::single, nullptr},
    {2, "path", Kind::bytes, Shape::single, nullptr},
};
constexpr Message k_stat_path_request{"StatPathRequest", k_stat_path_request_fields};

constexpr Field k_open_archive_request_fields[] = {
    {1, "container_id", Kind::text, Shape::single, nullptr},
    {2, "path", Kind::bytes, Shape::single, nullptr},
    {3, "name", Kind::bytes, Shape::single, nullptr},
};
constexpr Message k_open_archive_request{"OpenArchiveRequest", k_open_archive_request_fields};

constexpr Field k_read_archive_request_fields[] = {
    {1, "transfer", Kind::uint64, Shape::single, nullptr},
};
constexpr Message k_read_archive_request{"ReadArchiveRequest", k_read_archive_request_fields};

constexpr Field k_open_unpacking_request_fields[] = {
    {1, "container_id", Kind::text, Shape::single, nullptr},
    {2, "folder", Kind::bytes, Shape::single, nullptr},
    {3, "keep_owners", Kind::boolean, Shape::single, nullptr},
    {4, "overwrite", Kind::boolean, Shape::single, nullptr},
};
constexpr Message k_open_unpacking_request{"OpenUnpackingRequest", k_open_unpacking_request_fields};

constexpr Field k_write_archive_request_fields[] = {
    {1, "transfer", Kind::uint64, Shape::single, nullptr},
    {2, "data", Kind::content, Shape::single, nullptr},
};
constexpr Message k_write_archive_request{"WriteArchiveRequest", k_write_archive_request_fields};

constexpr Field k_finish_unpacking_request_fields[] = {
    {1, "transfer", Kind::uint64, Shape::single, nullptr},
};
constexpr Message k_finish_unpacking_request{"FinishUnpackingRequest", k_finish_unpacking_request_fields};

constexpr Field k_close_transfer_request_fields[] = {
    {1, "transfer", Kind::uint64, Shape::single, nullptr},
};
constexpr Message k_close_transfer_request{"CloseTransferRequest", k_close_transfer_request_fields};

constexpr const Message* k_own_requests[] = {
    &k_put_document_request,
    &k_list_processes_request,
    &k_list_changes_request,
    &k_stat_path_request,
    &k_open_archive_request,
    &k_read_archive_request,
    &k_open_unpacking_request,
    &k_write_archive_request,
    &k_finish_unpacking_request,
    &k_close_transfer_request,
};
// clang-format on

} // namespace

std::span<const Message* const> own_requests() {
    return k_own_requests;
}

} // namespace redoubt::guest::policy
