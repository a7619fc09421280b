/**
 * The icons in use. Each stands beside words or in something that has a name, so screen readers pass over them;
 * by themselves they would read out their English names.
 */
import {
  ArrowLeftOutlined,
  CaretDownOutlined,
  CaretUpOutlined,
  CheckOutlined,
  CloseOutlined,
  CloudServerOutlined,
  CodeOutlined,
  CompassOutlined,
  CopyOutlined,
  DeleteOutlined,
  DesktopOutlined,
  DownloadOutlined,
  DownOutlined,
  EditOutlined,
  FileAddOutlined,
  FileOutlined,
  FolderAddOutlined,
  FolderFilled,
  FolderOutlined,
  InboxOutlined,
  LinkOutlined,
  LoadingOutlined,
  LogoutOutlined,
  MinusCircleOutlined,
  MoonOutlined,
  PlayCircleOutlined,
  PlusOutlined,
  PoweroffOutlined,
  ReloadOutlined,
  SearchOutlined,
  ScheduleOutlined,
  SettingOutlined,
  StopOutlined,
  SunOutlined,
  UndoOutlined,
  UploadOutlined,
  UpOutlined,
  UserOutlined,
  ZoomInOutlined,
  ZoomOutOutlined,
} from '@ant-design/icons';
import type { ComponentType } from 'react';

interface IconProps {
  className?: string;
}

function silent(Icon: ComponentType<IconProps & { 'aria-hidden': true }>) {
  return function SilentIcon(props: IconProps) {
    return <Icon aria-hidden {...props} />;
  };
}

export const AccountIcon = silent(UserOutlined);
export const AscendingIcon = silent(CaretUpOutlined);
export const BackIcon = silent(ArrowLeftOutlined);
export const BatchIcon = silent(ScheduleOutlined);
export const CloseIcon = silent(CloseOutlined);
export const CopiedIcon = silent(CheckOutlined);
export const CopyIcon = silent(CopyOutlined);
export const CreateIcon = silent(PlusOutlined);
export const DarkIcon = silent(MoonOutlined);
export const DeleteIcon = silent(DeleteOutlined);
export const DescendingIcon = silent(CaretDownOutlined);
export const DirectoryIcon = silent(FolderFilled);
export const DownloadIcon = silent(DownloadOutlined);
export const EmptyIcon = silent(InboxOutlined);
export const EndIcon = silent(PoweroffOutlined);
export const FileIcon = silent(FileOutlined);
export const FolderIcon = silent(FolderOutlined);
export const LargerIcon = silent(ZoomInOutlined);
export const LightIcon = silent(SunOutlined);
export const LinkIcon = silent(LinkOutlined);
export const LoadingIcon = silent(LoadingOutlined);
export const LogOutIcon = silent(LogoutOutlined);
export const LostIcon = silent(CompassOutlined);
export const NewDirectoryIcon = silent(FolderAddOutlined);
export const NewFileIcon = silent(FileAddOutlined);
export const NextIcon = silent(DownOutlined);
export const OtherIcon = silent(StopOutlined);
export const PreviousIcon = silent(UpOutlined);
export const RemoveIcon = silent(MinusCircleOutlined);
export const RenameIcon = silent(EditOutlined);
export const RestoreIcon = silent(UndoOutlined);
export const RetryIcon = silent(ReloadOutlined);
export const SearchIcon = silent(SearchOutlined);
export const SessionIcon = silent(CloudServerOutlined);
export const SettingsIcon = silent(SettingOutlined);
export const SmallerIcon = silent(ZoomOutOutlined);
export const StartIcon = silent(PlayCircleOutlined);
export const SystemIcon = silent(DesktopOutlined);
export const TerminalIcon = silent(CodeOutlined);
export const UploadIcon = silent(UploadOutlined);
